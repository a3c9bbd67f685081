import { expect } from "chai";
import { once } from "node:events";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { ensureNix } from "../../scripts/lab/ensure-nix.js";
import { NixClient } from "../../scripts/lab/nix-client.js";
import { PublishedClosure } from "../e2e/support/published-closure.js";
import { runGuide } from "./support/run-guide.js";

/** A port that nobody listens on at the moment: the reader of a page has to name one. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The commands of docs/guide, as somebody types them who reads the page. */
describe("story: the guides", function () {
  this.timeout(600_000);
  let world: PublishedClosure;
  let user: NixClient;

  before(async () => {
    world = await PublishedClosure.make();
    user = await world.folder.newClient();
  });
  after(async () => {
    expect(await world.close()).to.deep.equal([]);
  });

  it("operator.md: a relay from nothing, which a stock Nix takes a path from", async () => {
    const { network, closure, folder } = world;
    const { chain } = JSON.parse(await readFile(network.config, "utf8")) as {
      chain: { rpcUrl: string; chainId: number; registry: string; deploymentBlock: number };
    };
    const result = await runGuide("operator.md", join(folder.path, "operator"), {
      ...user.environment,
      RPC_URL: chain.rpcUrl,
      CHAIN_ID: String(chain.chainId),
      REGISTRY: chain.registry,
      BLOCK: String(chain.deploymentBlock),
      SWARM_URL: network.swarm[1],
      STORE_PATH: closure.root,
      PORT: String(await findFreePort()),
      CATNIX_CHAIN_FINALITY: "latest", // what is final on a chain for development is its first block
    });
    expect(result.code, `${result.stdout}\n${result.stderr}`).to.equal(0);
    expect(result.stdout).to.include("catnix_relay_ready 1");
    expect(await user.narHashes(closure.paths)).to.deep.equal(await world.builder.narHashes(closure.paths));
  });

  it("member.md: from keys to a withdrawal, a package left out that cannot be rebuilt, and a lost key", async () => {
    const folder = join(world.folder.path, "member");
    await mkdir(folder);
    const tools = join(folder, "tools");
    await mkdir(tools);
    await symlink((await ensureNix(() => undefined)).busybox, join(tools, "busybox"));
    const { environment } = await NixClient.open(join(folder, "nix"));
    const result = await runGuide("member.md", join(folder, "reader"), {
      NIX_CONF_DIR: environment["NIX_CONF_DIR"]!,
      PATH: `${tools}:${process.env["PATH"]!}`,
    });
    expect(result.code, `${result.stdout}\n${result.stderr}`).to.equal(0);
    expect(result.stdout).to.include("stamp").and.include("as it should be");
  });
});
