import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { buildClosure, type Closure, runProgram } from "../../scripts/lab/debian-closure.js";
import type { NixClient } from "../../scripts/lab/nix-client.js";
import { approve, publish } from "../e2e/support/consortium.js";
import { type LabFolder, makeLabFolder } from "../e2e/support/lab-folder.js";
import { listLeftBehind } from "../e2e/support/left-behind.js";
import { BeeWorld } from "./support/bee-world.js";
import { skipWithoutGo } from "../support/skip-without-go.js";
import { startMeter } from "./support/start-meter.js";

const MIB = 1 << 20;
/** Larger than all that buffers between a node and Nix can hold. */
const LARGE = 32 * MIB;

/** The whole way over real Bees: one is published to, another is checked by, a third is served from. */
describe("e2e: a network of three real Bees", function () {
  this.timeout(300_000);
  const log = (line: string) => process.stdout.write(`      ${line}\n`);
  let folder: LabFolder;
  let builder: NixClient;
  let closure: Closure;
  let world: BeeWorld;
  const networks: string[] = [];

  before(async function () {
    this.timeout(900_000); // with the build of Bee, where the cache has none
    folder = await makeLabFolder("bee");
    builder = await folder.newClient();
    closure = await buildClosure({ client: builder, workDir: join(folder.path, "work"), log });
    world = await skipWithoutGo(this, () => BeeWorld.start(join(folder.path, "world"), log));
    networks.push(world.network.folder);
  });
  after(async () => {
    if (networks.length > 0) await world.close();
    await folder.remove();
    for (const path of [folder.path, ...networks]) expect(await listLeftBehind(path)).to.deep.equal([]);
  });

  const from = (relay: string) => ({ substituters: [relay], trustedKeys: [world.publicKey] });

  it("what one node was given and a quorum approved, a stock Nix gets through another", async () => {
    const batchFile = join(folder.path, "batch.json");
    const { uploaded } = await publish(world.where, builder.root, closure.root, batchFile);
    expect(uploaded.paths).to.equal(closure.paths.length);
    expect(await approve(world.where, batchFile)).to.equal(1);

    const user = await folder.newClient();
    const result = await user.realise([closure.root], from(world.where.relay));
    expect(result.code, result.stderr).to.equal(0);
    expect(await user.narHashes(closure.paths)).to.deep.equal(await builder.narHashes(closure.paths));
    const { stdout } = await runProgram(user.root, closure.root, "bin/catnix-report");
    expect(stdout).to.match(/^[0-9]+ packages, /);
  });

  it("a node is killed in the middle of a NAR: the other one goes on, and Nix sees a whole file", async () => {
    const file = join(folder.path, "large");
    await writeFile(file, randomBytes(LARGE));
    const { stdout } = await builder.run("nix-store", ["--add", file], { check: true });
    const path = stdout.trim();
    const batchFile = join(folder.path, "large.json");
    await publish(world.where, builder.root, path, batchFile);
    await approve(world.where, batchFile);

    const [, other, killed] = world.network.nodes;
    const meter = await startMeter(world.where.relay, 4 * MIB, () => killed!.child.kill());
    try {
      const user = await folder.newClient();
      const result = await user.realise([path], from(meter.url));
      expect(result.code, result.stderr).to.equal(0);
      expect(killed!.child.ended).to.equal(true);
      expect(await user.narHashes([path])).to.deep.equal(await builder.narHashes([path]));
      // Nix asked once and was never cut off; what it got came from both nodes.
      expect(meter.requests.filter((request) => request.startsWith("GET /nar/"))).to.have.length(1);
      const metrics = await (await fetch(`${world.where.relay}/metrics`)).text();
      for (const { url } of [killed!, other!]) {
        const [, bytes] =
          new RegExp(`^catnix_swarm_bytes_total\\{endpoint="${url}/?"\\} (\\d+)$`, "m").exec(metrics) ?? [];
        expect(Number(bytes), url).to.be.greaterThan(MIB);
      }
    } finally {
      await meter.close();
    }
  });
});
