import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { askCatnix, runCatnix, startServe } from "../../scripts/lab/catnix.js";
import { buildUnapproved } from "../../scripts/lab/debian-closure.js";
import type { NixClient } from "../../scripts/lab/nix-client.js";
import { createKeystore } from "../../src/keys/keystore.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { connectChain } from "../../src/registry/connect.js";
import type { ResolutionJson } from "../../src/resolver/resolution-format.js";
import { startNode } from "../support/start-node.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { type Published, waitFor } from "./support/consortium.js";
import { type DeployedChain, runDeployScript, startHardhatNode } from "./support/hardhat-node.js";
import { type LabFolder, makeLabFolder } from "./support/lab-folder.js";
import { listLeftBehind } from "./support/left-behind.js";

/** The accounts that `scripts/deploy.ts` founds a council of, and one that only pays. */
const ACCOUNTS = { alice: 0, bob: 1, carol: 2, guardian: 3, payer: 4 } as const;
type Account = keyof typeof ACCOUNTS;

/** Every command, as on a public chain: one at a time, each with its own key, over a chain that is not `catnix dev`'s. */
describe("e2e: the commands over `hardhat node`", function () {
  this.timeout(60_000);
  let folder: LabFolder;
  let node: Awaited<ReturnType<typeof startHardhatNode>>;
  let swarm: Awaited<ReturnType<typeof startNode>>;
  let relay: Awaited<ReturnType<typeof startServe>>;
  let builder: NixClient;
  let chain: DeployedChain;
  let config: string;
  let storePath: string;
  let swarmId: string;
  const addresses = {} as Record<Account, string>;
  /** What ends what was started; also where a start fails. */
  const closers: (() => Promise<unknown>)[] = [];

  const inFolder = (name: string) => join(folder.path, name);
  const keyOf = (account: Account) => ["--key", inFolder(`${account}.json`), "--password-file", inFolder("password")];
  const ask = <T = object>(...args: string[]) => askCatnix<T>(["--config", config, ...args]);
  const statusOf = async () => (await fetch(`${relay.url}/${parseStorePath(storePath).hashPart}.narinfo`)).status;
  async function blockHash(): Promise<string> {
    const { provider, close } = await connectChain(node.rpcUrl);
    const block = await provider.getBlock("latest");
    close();
    return block!.hash!;
  }
  const waitForStatus = (wanted: number) =>
    waitFor(`a narinfo's status ${wanted}`, async () => (await statusOf()) === wanted);

  /** Two members sign, each into a file of its own as if by mail; who submits puts the signatures together. */
  async function approve(file: string): Promise<{ seq: number; gas: number }> {
    const signed = await Promise.all(
      (["carol", "alice"] as const).map(async (member) => {
        const out = `${file}.${member}`;
        const approval = await ask<{ member: string }>(
          ...["batch", "sign", file, "--yes", "--out", out, ...keyOf(member)],
        );
        expect(approval.member).to.equal(addresses[member]);
        return out;
      }),
    );
    return await ask<{ seq: number; gas: number }>("batch", "submit", ...signed, ...keyOf("payer"));
  }

  before(async () => {
    folder = await makeLabFolder("hardhat");
    closers.push(() => folder.remove());
    node = await startHardhatNode();
    closers.push(() => node.close());
    swarm = await startNode();
    closers.push(() => swarm.close());
    await writeFile(inFolder("password"), "correct horse\n", { mode: 0o600 });
    for (const [name, account] of Object.entries(ACCOUNTS) as [Account, number][]) {
      const options = { privateKey: wellKnownKey(account), fast: true };
      addresses[name] = (await createKeystore(inFolder(`${name}.json`), "correct horse", options)).address;
    }
    builder = await folder.newClient();
    const options = { client: builder, workDir: inFolder("work"), log: () => undefined };
    storePath = (await buildUnapproved(options)).path;
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
    expect(await listLeftBehind(folder.path)).to.deep.equal([]);
  });

  it("hardhat run scripts/deploy.ts prints the chain part of catnix.json", async () => {
    chain = await runDeployScript(node.rpcUrl);
    expect(chain).to.deep.include({ rpcUrl: node.rpcUrl, chainId: 31_337 });
    config = inFolder("catnix.json");
    const follow = { finality: "latest", pollSeconds: 0.1 };
    const content = { chain: { ...chain, ...follow }, swarm: { url: swarm.url }, relay: { port: 0 } };
    await writeFile(config, JSON.stringify(content));
    relay = await startServe(config);
    closers.push(async () => expect(await relay.stop()).to.equal(0));
  });

  it("registry show: the council that the script founded", async () => {
    const shown = await ask<{ members: string[] }>("registry", "show");
    expect(shown).to.deep.include({ registry: chain.registry, seq: 0, depth: 0, alarms: 0, publishThreshold: 2 });
    expect(shown).to.deep.include({ guardian: addresses.guardian });
    expect(shown.members).to.have.members([addresses.alice, addresses.bob, addresses.carol]);
    const { stdout } = await runCatnix(["registry", "show", "--config", config], { check: true });
    for (const text of [chain.registry, addresses.bob, "2 of 3"]) expect(stdout).to.include(text);
  });

  it("publish, batch show, sign and submit: the path is served, and Nix takes it", async () => {
    const file = inFolder("list.json");
    const published = await ask<Published>("publish", storePath, "--store", builder.root, "--out", file);
    swarmId = published.paths[0]!.swarmId;
    const shown = await ask<{ rows: { kind: string; swarmId: string }[]; approvals: string[] }>("batch", "show", file);
    expect(shown.rows.map(({ kind, swarmId: id }) => [kind, id])).to.deep.equal([["added", swarmId]]);
    expect(shown.approvals).to.deep.equal([]);
    expect(await statusOf()).to.equal(404);

    expect((await approve(file)).seq).to.equal(1);
    await waitForStatus(200);
    const user = await folder.newClient();
    const result = await user.realise([storePath], { substituters: [`${relay.url}?trusted=1`] });
    expect(result.code, result.stderr).to.equal(0);
    expect(await user.narHashes([storePath])).to.deep.equal(await builder.narHashes([storePath]));
  });

  it("resolve --light: every link from a block's hash to the NAR is proved, on Hardhat too", async () => {
    const {
      status,
      swarmId: found,
      light,
    } = await ask<ResolutionJson>("resolve", storePath, "--block-hash", await blockHash());
    expect([status, found]).to.deep.equal(["approved", swarmId]);
    const others = light!.links.filter(({ state }) => state !== "proved").map(({ link, state }) => `${link} ${state}`);
    expect(others).to.deep.equal(["block trusted", "transaction told"]);
    expect(light!.links.at(-1)).to.deep.include({ link: "nar", state: "proved" });
    const signers = light!.approvers!.map(({ member }) => member);
    expect(signers).to.have.members([addresses.carol, addresses.alice]);
  });

  it("batch create --withdraw: a quorum takes the path out", async () => {
    const file = inFolder("withdraw.json");
    await ask("batch", "create", "--withdraw", storePath, "--out", file);
    expect((await approve(file)).seq).to.equal(2);
    await waitForStatus(404);
  });

  it("batch create --record: a quorum lists it again, from its record on Swarm", async () => {
    const file = inFolder("again.json");
    await ask("batch", "create", "--record", swarmId, "--out", file);
    expect((await approve(file)).seq).to.equal(3);
    await waitForStatus(200);
  });

  it("registry withdraw: the guardian takes a build out alone, and nobody else can", async () => {
    const why = ["registry", "withdraw", "--path", storePath, "--reason", "a test", "--yes"];
    const refused = await runCatnix(["--config", config, ...why, ...keyOf("alice")]);
    expect([refused.code, refused.stderr.includes("NOT_GUARDIAN")]).to.deep.equal([1, true]);
    expect(await statusOf()).to.equal(200);
    await ask(...why, ...keyOf("guardian"));
    await waitForStatus(404);
    const light = await runCatnix(["--config", config, "resolve", storePath, "--block-hash", await blockHash()]);
    expect([light.code, light.stderr.includes("CAT_PATH_WITHDRAWN")]).to.deep.equal([1, true]);
    expect(light.stdout).to.match(/^✔ withdrawal .*the guardian withdrew the build through act 4$/m);
    expect(await ask<{ alarms: number }>("registry", "show")).to.deep.include({ alarms: 1 });
  });

  it("registry withdraw --batch: a whole batch", async () => {
    await ask("registry", "withdraw", "--batch", "1", "--reason", "a test", ...keyOf("guardian"));
    expect(await ask<{ alarms: number }>("registry", "show")).to.deep.include({ alarms: 2, seq: 3 });
  });

  it("key create and registry deploy: a registry of one's own, with a configuration that works", async () => {
    const created = await ask<{ address: string }>(
      ...["key", "create", "--out", inFolder("dave.json"), "--password-file", inFolder("password")],
    );
    const council = { members: [created.address], publishThreshold: 1, councilThreshold: 1 };
    await writeFile(inFolder("council.json"), JSON.stringify(council));
    const own = inFolder("own.json");
    await ask("registry", "deploy", "--council", inFolder("council.json"), "--out", own, ...keyOf("payer"));
    const { chain: written } = JSON.parse(await readFile(own, "utf8")) as { chain: DeployedChain };
    expect(written.registry).not.to.equal(chain.registry);
    const shown = await askCatnix<object>(["--config", own, "registry", "show"]);
    expect(shown).to.deep.include({ registry: written.registry, members: [created.address], seq: 0 });
  });
});
