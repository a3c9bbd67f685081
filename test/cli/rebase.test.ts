import { expect } from "chai";
import { readFile } from "node:fs/promises";
import type { Batch } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import { writeBatchFile } from "../../src/consortium/batch-file.js";
import { CatnixError } from "../../src/errors/catnix-error.js";
import { toHex } from "../../src/encoding/hex.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { Consortium, narOf, tomorrow, tombstone } from "../consortium/support/consortium.js";
import { makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { draftBatch, type Entry } from "../support/publish-batch.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface Rebased {
  readonly batch: Batch;
  readonly file: string;
  readonly rebased: boolean;
  readonly landed: number;
  readonly conflicts: number;
  readonly dropped: number;
}

describe("catnix batch rebase", function () {
  this.timeout(120_000);
  let world: CliWorld;
  let consortium: Consortium;
  let restore: () => Promise<void>;
  let drafts = 0;
  before(async () => {
    world = await CliWorld.start();
    const { url } = world.registry.swarmProxy;
    await world.writeConfig(
      "catnix.json",
      {},
      { swarm: { url, postageBatch: "0".repeat(64) }, stateDir: world.file("state") },
    );
    consortium = Consortium.over(world.registry);
  });
  beforeEach(async () => {
    restore = await consortium.snapshot();
  });
  afterEach(() => restore());
  after(() => world.close());

  /** A draft on what the registry holds, as a file. */
  async function draft(entries: readonly Entry[], overrides: Partial<Batch> = {}): Promise<string> {
    const batch = await draftBatch(world.registry, entries, { deadline: tomorrow(), ...overrides });
    const file = world.file(`draft-${++drafts}.json`);
    await writeBatchFile(file, { registry: world.registry.registry.id, batch, approvals: [] });
    return file;
  }
  const run = (...args: string[]) => world.runHere([...args, "--json"]);
  async function ask<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return JSON.parse(stdout) as T;
  }
  const rebase = (file: string, ...args: string[]) =>
    ask<Rebased>("batch", "rebase", file, "--out", world.file(`rebased-${++drafts}.json`), ...args);
  const codeOfRebase = async (file: string, ...args: string[]) =>
    errorCodeOf(await run("batch", "rebase", file, ...args));
  const sign = (file: string, member: "alice" | "bob") => ask("batch", "sign", file, "--yes", ...world.keyOf(member));
  const rowsOf = async (file: string) =>
    (await ask<{ rows: { kind: string; record?: CatRecord }[] }>("batch", "show", file)).rows.map(
      ({ kind, record }) => `${kind} ${record?.storePath.replace(/^.*-/, "") ?? ""}`,
    );
  /** Another build of the same path. */
  const rebuilt = (name: string) => consortium.list(name, {}, undefined, narOf(`${name}, built otherwise`));

  it("lets members sign again without fetching a NAR a second time, and is approved", async () => {
    const mine = await draft([await consortium.list("mine"), await consortium.list("shared")]);
    await sign(mine, "alice");
    await consortium.approve(await consortium.list("shared"), await consortium.list("other"));
    const before = await readFile(mine, "utf8");
    const overtaken = await run("batch", "sign", mine, "--yes", ...world.keyOf("bob"));
    expect(errorCodeOf(overtaken)).to.equal("BATCH_STALE");
    const hint = new CatnixError("BATCH_STALE", { seq: 1, parent: "", expected: "", current: 1 }).hint;
    expect(hint).to.include("catnix batch rebase");

    const { batch, file, landed, rebased } = await rebase(mine);
    expect([batch.seq, batch.rows, landed, rebased]).to.deep.equal([2, 1, 1, true]);
    expect(await readFile(mine, "utf8")).to.equal(before);
    const nar = (await consortium.list("mine")).narAddress;
    const narRequests = () => world.registry.swarmProxy.requests.filter((it) => it.includes(nar)).length;
    consortium.mendSwarm();
    await sign(file, "alice");
    expect(narRequests()).to.equal(0);
    await sign(file, "bob");
    expect(narRequests()).to.be.above(0);
    await ask("batch", "submit", file, ...world.keyOf("payer"));
  });

  it("asks what to do where both have set a path, and does it: BATCH_CONFLICT", async () => {
    await consortium.approve(await consortium.list("gone"));
    const entries = [await consortium.list("both"), tombstone("gone"), await consortium.list("mine")];
    const mine = await draft(entries);
    await consortium.approve(await rebuilt("both"), await rebuilt("gone"));
    const refused = await run("batch", "rebase", mine);
    expect(errorCodeOf(refused)).to.equal("BATCH_CONFLICT");
    const { paths } = (JSON.parse(refused.stderr) as { error: { details: { paths: { path: string; seq: number }[] } } })
      .error.details;
    expect(paths.map(({ path }) => path)).to.have.members([makeStorePath("both"), makeStorePath("gone")]);
    expect(paths.map(({ seq }) => seq)).to.deep.equal([2, 2]);

    expect(await rowsOf((await rebase(mine, "--ours")).file)).to.have.members([
      "changed both",
      "withdrawn gone",
      "added mine",
    ]);
    expect(await rowsOf((await rebase(mine, "--theirs")).file)).to.deep.equal(["added mine"]);
    const dropped = ["--drop", makeStorePath("both"), "--drop", makeStorePath("gone")];
    expect(await rowsOf((await rebase(mine, ...dropped)).file)).to.deep.equal(["added mine"]);
    expect((await run("batch", "rebase", mine, "--ours", "--theirs")).code).to.equal(64);
  });

  it("says where nothing is left to do, or nothing to be done: BATCH_LANDED", async () => {
    const mine = await draft([await consortium.list("only")]);
    expect((await rebase(mine)).rebased).to.equal(false);
    await consortium.approve(await consortium.list("only"));
    expect(await codeOfRebase(mine)).to.equal("BATCH_LANDED");
    expect(await codeOfRebase(mine, "--drop", makeStorePath("absent"))).to.equal("USAGE");
  });

  it("does not rebase backwards, by an endpoint that is behind: RPC_ANSWER_INVALID", async () => {
    const ahead = await draft([await consortium.list("ahead")], { seq: 9, parent: `0x${"ab".repeat(32)}` });
    expect(await codeOfRebase(ahead)).to.equal("RPC_ANSWER_INVALID");
  });

  it("gives a draft whose deadline is over another one", async () => {
    const late = await draft([await consortium.list("late")], { deadline: 1_700_000_000 });
    const { batch, file } = await rebase(late);
    expect(batch.deadline).to.be.above(Date.now() / 1000);
    await sign(file, "alice");
  });

  it("brings nothing back that the guardian withdrew since the draft: CAT_WITHDRAWN_BUILD", async () => {
    const record = await consortium.list("bad");
    const mine = await draft([record, await consortium.list("good")]);
    await consortium.approve(await consortium.list("other"));
    await withdrawBuild(world.registry.registry, world.registry.guardian, toHex(swarmIdOf(record)), "bad");
    await consortium.approve(await consortium.list("another"));
    await consortium.approve(await consortium.list("yet-another"));
    expect(await codeOfRebase(mine)).to.equal("CAT_WITHDRAWN_BUILD");
    expect(await rowsOf((await rebase(mine, "--drop", makeStorePath("bad"))).file)).to.deep.equal(["added good"]);
  });

  it("asks before it lists again what landed and was withdrawn with its batch", async () => {
    const mine = await draft([await consortium.list("twice")]);
    const { seq } = await consortium.approve(await consortium.list("twice"));
    await withdrawBatch(world.registry.registry, world.registry.guardian, seq, "builder");
    expect(await codeOfRebase(mine)).to.equal("BATCH_CONFLICT");
  });

  it("refuses a row whose references were withdrawn by who came first", async () => {
    await consortium.approve(await consortium.list("base"));
    const mine = await draft([await consortium.refer("user", "base")]);
    await consortium.approve(tombstone("base"));
    expect(await codeOfRebase(mine)).to.equal("CAT_CLOSURE_BROKEN");
  });
});
