import { expect } from "chai";
import { pino } from "pino";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { batchDigest } from "../../src/cat/batch.js";
import { buildCat } from "../../src/cat/build.js";
import { formatRecord } from "../../src/cat/record.js";
import { compareRows, type Row } from "../../src/cat/row.js";
import { toHex } from "../../src/encoding/hex.js";
import type { ErrorCode } from "../../src/errors/descriptors.js";
import type { Indexer } from "../../src/indexer/create-indexer.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { approveBatch, draftBatch, publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";

const recordOf = (name: string, content = name) => makeRecord(name, Buffer.from(content));
const nixIdOf = ({ storePath }: { storePath: string }) => parseStorePath(storePath).nixId;
const [hello, tool, late] = [recordOf("hello-1"), recordOf("tool-1"), recordOf("late-1")];

describe("indexer: content that is missing or wrong", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let logged: { level: number; code?: ErrorCode; swarmId?: string }[];
  let indexer: Indexer;

  beforeEach(async () => {
    logged = [];
    const log = pino({ level: "warn" }, { write: (line) => void logged.push(JSON.parse(line) as (typeof logged)[0]) });
    world = await startRegistryWorld(log);
    indexer = await world.makeIndexer();
  });
  afterEach(() => world.close());

  const seqOf = (record: { storePath: string }) => world.index.findMapping(nixIdOf(record))?.row.seq;
  const errors = () => logged.filter(({ level }) => level >= 50).map(({ code }) => code);
  const hide = (...addresses: string[]) => {
    world.swarmProxy.rule = ({ url }) =>
      addresses.some((address) => url!.includes(address)) ? { kind: "status", status: 404 } : undefined;
  };

  it("waits for a delta and its CAT, withdraws meanwhile, and recovers", async () => {
    await publishBatch(world, hello);
    await indexer.step();
    const before = world.index.cursor()!;
    const { delta, root } = await publishBatch(world, late);
    hide(delta, root);
    await withdrawBuild(world.registry, world.guardian, toHex(swarmIdOf(hello)), "");
    expect(await codeOf(() => indexer.step())).to.equal("SWARM_NOT_FOUND");
    expect(indexer.health().stale).to.match(/^SWARM_NOT_FOUND: /);
    expect(indexer.health().halted).to.equal(undefined);
    expect(world.index.cursor()).to.deep.equal(before);
    expect(seqOf(hello)).to.equal(undefined); // withdrawn

    hide();
    expect(await indexer.step()).to.include({ batches: 1 });
    expect(indexer.health().stale).to.equal(undefined);
    expect([seqOf(hello), seqOf(late)]).to.deep.equal([undefined, 2]);
    expect(errors()).to.deep.equal([]);
  });

  it("keeps the batches before the one whose delta is missing", async () => {
    await publishBatch(world, hello);
    const { delta } = await publishBatch(world, late);
    const { root } = await publishBatch(world, tool);
    hide(delta, root);
    expect(await codeOf(() => indexer.step())).to.equal("SWARM_NOT_FOUND");
    expect(world.index.cursor()!.seq).to.equal(1);
    expect(seqOf(hello)).to.equal(1);
    hide();
    expect(await indexer.step()).to.include({ batches: 2 });
    expect([seqOf(late), seqOf(tool)]).to.deep.equal([2, 3]);
  });

  it("reads records singly where the pack is missing, no pack, or that of others", async () => {
    const { pack } = await publishBatch(world, hello);
    hide(pack);
    expect(await indexer.step()).to.include({ batches: 1 });
    hide();
    for (const [at, wrong] of [Buffer.from("no pack"), Buffer.from(formatRecord(hello))].entries()) {
      const { address } = await world.store.write(wrong);
      await approveBatch(world, await draftBatch(world, [recordOf(`pkg-${at}`)], { pack: address }));
      expect(await indexer.step()).to.include({ batches: 1 });
      expect(seqOf(recordOf(`pkg-${at}`))).to.equal(2 + at);
    }
    await approveBatch(world, await draftBatch(world, [late, tool], { pack }));
    expect(await indexer.step()).to.include({ batches: 1 });
    expect([seqOf(late), seqOf(tool)]).to.deep.equal([4, 4]);
    expect(logged.map(({ code }) => code)).to.deep.equal([
      "SWARM_NOT_FOUND",
      "CAT_PACK_INVALID",
      "CAT_PACK_INVALID",
      "CAT_PACK_INVALID",
    ]);
  });

  it("takes the whole CAT of the last batch where a delta is missing", async () => {
    await publishBatch(world, hello, tool);
    await indexer.step();
    const newer = recordOf("hello-1", "newer");
    const missing = await publishBatch(world, newer, late);
    const other = recordOf("other-1");
    const last = await publishBatch(world, other, { tombstone: tool.storePath });
    hide(missing.delta, last.pack);
    expect(await indexer.step()).to.include({ batches: 2 });
    expect(indexer.health()).to.include({ halted: undefined, stale: undefined });
    expect([newer, late, other, tool].map(seqOf)).to.deep.equal([2, 2, 3, undefined]);
    const rebuilt = { root: last.root, depth: last.depth };
    expect(world.index.cursor()).to.deep.include({ seq: 3, cat: rebuilt });
    expect(world.index.findRow(nixIdOf(tool))?.seq).to.equal(3);

    hide(); // and follows deltas again
    await publishBatch(world, recordOf("next-1"));
    expect(await indexer.step()).to.include({ batches: 1 });
    expect(seqOf(recordOf("next-1"))).to.equal(4);
  });

  it("takes one batch whole, records from its pack, where only its delta is missing", async () => {
    const { delta } = await publishBatch(world, hello, tool);
    hide(delta, ...[hello, tool].map((record) => toHex(swarmIdOf(record))));
    expect(await indexer.step()).to.include({ batches: 1 });
    expect([hello, tool].map(seqOf)).to.deep.equal([1, 1]);
    expect(world.index.countMissingRecords()).to.equal(0);
  });

  it("brings no NAR back that a hidden delta withdrew", async () => {
    await publishBatch(world, hello, tool);
    await indexer.step();
    const nars = [hello, tool].map(({ narAddress }) => narAddress);
    const served = () => nars.map((nar) => world.index.findNar(nar) !== undefined);
    expect(served()).to.deep.equal([true, true]);
    const { delta } = await publishBatch(world, { tombstone: hello.storePath });
    const newer = [recordOf("hello-1", "newer"), recordOf("other-1")];
    await publishBatch(world, ...newer);
    hide(delta);
    expect(await indexer.step()).to.include({ batches: 2 });
    expect([...newer, tool].map(seqOf)).to.deep.equal([3, 3, 1]);
    expect(served()).to.deep.equal([false, true]);
    expect(world.index.countMappings()).to.equal(3);
  });

  const row = (record: typeof hello, seq: number, of = record) => ({
    nixId: nixIdOf(record),
    seq,
    swarmId: swarmIdOf(of),
  });
  const sly: [what: string, rows: Row[]][] = [
    ["whose new rows are not the delta's", [row(hello, 1), row(late, 2), row(tool, 2)]],
    ["that changes an older row", [row(hello, 1, tool), row(late, 2)]],
  ];
  for (const [what, rows] of sly)
    it(`halts on a whole CAT ${what}`, async () => {
      await publishBatch(world, hello);
      await indexer.step();
      const draft = await draftBatch(world, [late]);
      const { cat, chunks } = buildCat(rows.toSorted(compareRows), 0);
      for (const { data } of chunks) await world.store.putChunk(data);
      hide(draft.delta);
      await approveBatch(world, { ...draft, root: cat.root });
      expect(await codeOf(() => indexer.step())).to.equal("CAT_TREE_INVALID");
      expect(world.index.cursor()!.seq).to.equal(1);
    });

  it("halts on a whole CAT that holds rows of later acts", async () => {
    const draft = await draftBatch(world, [hello]);
    const row = { nixId: nixIdOf(hello), seq: draft.seq + 1, swarmId: swarmIdOf(hello) };
    const { cat, chunks } = buildCat([row], 0);
    for (const { data } of chunks) await world.store.putChunk(data);
    await approveBatch(world, { ...draft, root: cat.root });
    hide(draft.delta);
    expect(await codeOf(() => indexer.step())).to.equal("CAT_TREE_INVALID");
    expect(indexer.health().halted).to.match(/^CAT_TREE_INVALID: /);
  });

  it("goes on without a record that neither its pack nor Swarm has, and asks for it again", async () => {
    const { pack } = await publishBatch(world, hello, tool);
    hide(pack, toHex(swarmIdOf(hello)));
    expect(await indexer.step()).to.include({ batches: 1 });
    expect([seqOf(hello), seqOf(tool)]).to.deep.equal([undefined, 1]);
    expect(world.index.countMissingRecords()).to.equal(1);
    await publishBatch(world, late);
    expect(await indexer.step()).to.include({ batches: 1 });
    expect([seqOf(hello), seqOf(late)]).to.deep.equal([undefined, 2]);

    world.swarmProxy.rule = () => ({ kind: "status", status: 503 });
    expect(await indexer.step()).to.include({ batches: 0 }); // no reason to be stale: nothing is behind the chain
    expect(indexer.health().stale).to.equal(undefined);
    hide();
    await indexer.step();
    expect(seqOf(hello)).to.equal(1);
    expect(world.index.countMissingRecords()).to.equal(0);
    expect(errors()).to.deep.equal([]);
  });

  it("reports a missing record that turns out to be none", async () => {
    const junk = { storePath: recordOf("junk-1").storePath, content: Buffer.from("junk\n") };
    const { pack } = await publishBatch(world, hello, junk);
    hide(pack, toHex(fileAddress(junk.content)));
    await indexer.step();
    hide();
    await indexer.step();
    expect([seqOf(hello), seqOf(junk)]).to.deep.equal([1, undefined]);
    expect(errors()).to.deep.equal(["CAT_RECORD_INVALID"]);
    expect(world.index.countMissingRecords()).to.equal(0);
  });

  it("reports records that are none, too large or of another path, and serves the others", async () => {
    const other = { storePath: late.storePath, content: Buffer.from(formatRecord(tool)) };
    const noRecord = { storePath: recordOf("junk-1").storePath, content: Buffer.from("junk\n") };
    const large = { storePath: recordOf("large-1").storePath, content: Buffer.alloc((1 << 20) + 1, 97) };
    await publishBatch(world, hello, other, noRecord, large);
    expect(await indexer.step()).to.include({ batches: 1 });
    expect([hello, other, noRecord, large].map(seqOf)).to.deep.equal([1, undefined, undefined, undefined]);
    for (const { storePath } of [hello, other, noRecord, large])
      expect(world.index.findRow(nixIdOf({ storePath }))?.seq).to.equal(1);
    expect(errors().sort()).to.deep.equal(["CAT_RECORD_INVALID", "CAT_RECORD_INVALID", "CAT_RECORD_OF_ANOTHER_PATH"]);
  });

  for (const [what, wrong] of [
    ["root", { root: "11".repeat(32) }],
    ["depth", { depth: 1 }],
  ] as const)
    it(`halts on a wrong ${what} that the quorum approved, and still withdraws`, async () => {
      await publishBatch(world, hello, tool);
      await approveBatch(world, await draftBatch(world, [late, recordOf("hello-1", "newer")], wrong));
      expect(await codeOf(() => indexer.step())).to.equal("CAT_ROOT_MISMATCH");
      expect(indexer.health().halted).to.match(/^CAT_ROOT_MISMATCH: /);
      expect(errors()).to.deep.equal(["CAT_ROOT_MISMATCH"]);
      expect(world.index.cursor()!.seq).to.equal(1);
      expect([seqOf(hello), seqOf(tool), seqOf(late)]).to.deep.equal([1, 1, undefined]);

      await withdrawBuild(world.registry, world.guardian, toHex(swarmIdOf(tool)), "");
      expect(await codeOf(() => indexer.step())).to.equal("CAT_ROOT_MISMATCH");
      expect([seqOf(hello), seqOf(tool)]).to.deep.equal([1, undefined]);
      expect(errors()).to.deep.equal(["CAT_ROOT_MISMATCH"]); // said once
    });

  it("halts on a delta that is none, or longer than the batch says", async () => {
    const draft = await draftBatch(world, [hello, tool]);
    await approveBatch(world, { ...draft, rows: 1 });
    expect(await codeOf(() => indexer.step())).to.equal("CAT_DELTA_INVALID");
    expect(indexer.health().halted).to.match(/^CAT_DELTA_INVALID: /);
  });

  it("does not believe a node that a delta is too long", async () => {
    const { delta } = await publishBatch(world, hello);
    const { address } = await world.store.write(Buffer.alloc(5000, 1));
    world.swarmProxy.rule = ({ url }) =>
      url === `/bytes/${delta}` ? { kind: "instead", path: `/bytes/${address}` } : undefined;
    expect(await codeOf(() => indexer.step())).to.equal("SWARM_TOO_LARGE");
    expect(indexer.health().halted).to.equal(undefined);
    hide();
    await indexer.step();
    expect(seqOf(hello)).to.equal(1);
  });

  it("stops after the batch that it is at", async () => {
    await publishBatch(world, hello);
    const second = await publishBatch(world, late);
    const stop = new AbortController();
    world.swarmProxy.rule = ({ url }) => {
      if (url!.includes(second.delta)) stop.abort(new Error("enough"));
      return undefined;
    };
    let reason: unknown;
    await indexer.step(stop.signal).catch((error: unknown) => (reason = error));
    expect(reason).to.equal(stop.signal.reason);
    expect(world.index.cursor()!.seq).to.equal(1);
    expect(indexer.health().stale).to.not.match(/^[A-Z_]+: /); // being stopped is no fault
    await indexer.step();
    expect(world.index.cursor()!.head).to.equal(batchDigest(world.registry.id, second));
  });
});
