import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { toHex } from "../../src/encoding/hex.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { changeCouncil, retireRegistry } from "../support/submit-acts.js";
import { askCli } from "./support/ask-cli.js";
import { CliWorld } from "./support/cli-world.js";

interface Listed {
  readonly total: number;
  readonly acts: readonly {
    seq: number;
    kind: string;
    set?: number;
    tombstones?: number;
    withdrawn?: { reason: string };
  }[];
  readonly builds: readonly object[];
}

/** What a registry did, from its founding to its retirement. */
describe("catnix batch list and registry show", function () {
  this.timeout(60_000);
  const successor = "0x000000000000000000000000000000000000dEaD";
  let world: CliWorld;
  before(async () => {
    world = await CliWorld.start();
    const { registry } = world;
    const [a, b, c] = ["a", "b", "c"].map((name) => makeRecord(name, Buffer.from(name)));
    await publishBatch(registry, a!, b!);
    await publishBatch(registry, { tombstone: a!.storePath }, c!);
    await publishBatch(registry, { tombstone: c!.storePath });
    await changeCouncil(registry, { councilThreshold: 2 });
    await withdrawBatch(registry.registry, registry.guardian, 2, "first");
  });
  after(() => world.close());
  afterEach(() => {
    world.registry.swarmProxy.rule = () => undefined;
    world.registry.rpcProxy.rule = (_call, result) => result;
  });

  const ask = (...args: string[]) => askCli("--config", world.file("catnix.json"), ...args);
  async function list(...args: string[]): Promise<Listed> {
    const { stdout, code } = await ask("batch", "list", "--json", ...args);
    expect(code).to.equal(undefined);
    return JSON.parse(stdout) as Listed;
  }

  it("shows all acts, the newest first, with what became of them", async () => {
    const { total, acts } = await list();
    expect(total).to.equal(5);
    expect(acts.map(({ seq, kind, set, tombstones }) => [seq, kind, set, tombstones])).to.deep.equal([
      [4, "council", undefined, undefined],
      [3, "batch", 0, 1],
      [2, "batch", 1, 1],
      [1, "batch", 2, 0],
      [0, "council", undefined, undefined],
    ]);
    expect(acts.map(({ withdrawn }) => withdrawn?.reason)).to.deep.equal([
      undefined,
      undefined,
      "first",
      undefined,
      undefined,
    ]);
    expect(acts[3]).to.include.keys("digest", "block", "transactionHash", "time", "final", "approvers", "batch");
  });

  it("shows what the guardian withdrew of single builds, and why in characters that do nothing", async () => {
    const swarmId = toHex(swarmIdOf(makeRecord("b", Buffer.from("b"))));
    const reason = "\u001b[2Jback\u202edoor";
    await withdrawBuild(world.registry.registry, world.registry.guardian, swarmId, reason);
    const { builds } = await list();
    expect(builds).to.have.length(1);
    expect(builds[0]).to.deep.include({ alarm: 2, swarmId, through: 5, reason });
    const { stdout } = await ask("batch", "list");
    expect(stdout).to.include(`build ${swarmId} up to act 5`).and.to.include("back\\u{202e}door");
    expect(stdout).not.to.include(reason);
  });

  it("shows as many as are wanted, and says that there are more", async () => {
    const { total, acts } = await list("--limit", "2");
    expect([total, acts.map(({ seq }) => seq)]).to.deep.equal([5, [4, 3]]);
    const { stdout } = await ask("batch", "list", "--limit", "3");
    expect(stdout)
      .to.include("batch of 1 row: 0 set, 1 withdrawn")
      .and.to.include("2 older acts")
      .and.to.include('"first"');
  });

  it("does without the rows of a delta that cannot be had", async () => {
    world.registry.swarmProxy.rule = () => ({ kind: "status", status: 404 });
    const { acts } = await list();
    expect(acts.map(({ set }) => set)).to.deep.equal([undefined, 0, undefined, undefined, undefined]);
  });

  it("believes no endpoint that leaves an act or an alarm out", async () => {
    const { rpcProxy } = world.registry;
    const config = await world.writeConfig("proxied.json", { rpcUrl: rpcProxy.url });
    for (const left of [1, 3, 5]) {
      rpcProxy.rule = ({ method }, result) =>
        method === "eth_getLogs" ? (result as unknown[]).filter((_log, at) => at !== left) : result;
      expect((await askCli("--config", config, "batch", "list")).code).to.equal("RPC_ANSWER_INVALID");
    }
  });

  it("draws up what withdraws a path although another path's record is none", async () => {
    const broken = makeRecord("broken", Buffer.from("broken"));
    await publishBatch(world.registry, { storePath: broken.storePath, content: Buffer.from("no narinfo\n") });
    const { storePath } = makeRecord("b", Buffer.from("b"));
    const { code } = await ask(
      "batch",
      "create",
      "--json",
      "--withdraw",
      storePath,
      "--out",
      world.file("withdraw.json"),
    );
    expect(code).to.equal(undefined);
    expect(JSON.parse(await readFile(world.file("withdraw.json"), "utf8"))).to.have.nested.property("batch.rows", 1);
  });

  it("withdraws what is listed and broken; and says of what is not listed, or withdrawn by the quorum, which it is", async () => {
    const withdraw = (name: string) =>
      ask(
        "registry",
        "withdraw",
        "--path",
        makeRecord(name, Buffer.from(name)).storePath,
        "--reason",
        "x",
        "--yes",
        ...world.keyOf("guardian"),
      );
    expect((await withdraw("broken")).code).to.equal(undefined);
    expect((await withdraw("a")).code).to.equal("CAT_PATH_WITHDRAWN");
    expect((await withdraw("nobody")).code).to.equal("CAT_PATH_UNKNOWN");
  });

  it("shows a retirement and its successor", async () => {
    const show = async () => JSON.parse((await ask("registry", "show", "--json")).stdout) as object;
    expect(await show())
      .to.include({ retired: false })
      .and.not.have.property("successor");
    await retireRegistry(world.registry, { successorChainId: 100n, successor });
    expect(await show()).to.include({ retired: true, successor, successorChainId: "100" });
    expect((await ask("registry", "show")).stdout).to.include(
      `retired    no further act; its successor is ${successor}`,
    );
    const [newest] = (await list("--limit", "1")).acts;
    expect(newest)
      .to.deep.include({ kind: "retirement", seq: 6 })
      .and.have.nested.property("retirement.successor", successor);
    expect((await ask("batch", "list")).stdout).to.include(`successor ${successor} on chain 100`);
  });
});
