import { expect } from "chai";
import { type Approval, NO_PACK, toTypedBatch } from "../../src/cat/batch.js";
import { readRows } from "../../src/cat/lookup.js";
import { toHex } from "../../src/encoding/hex.js";
import { createIndexer } from "../../src/indexer/create-indexer.js";
import { silentLogger } from "../../src/log/logger.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { contractAt, registryInterface } from "../../src/registry/contract.js";
import { readHistory } from "../../src/registry/history.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { draftBatch, publishBatch, signBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";

const recordOf = (name: string, content = name) => makeRecord(name, Buffer.from(content));
const sortApprovals = (approvals: Approval[]) =>
  approvals.sort((a, b) => (BigInt(a.member) < BigInt(b.member) ? -1 : 1));
const nixIdOf = ({ storePath }: { storePath: string }) => parseStorePath(storePath).nixId;
const [hello, tool, late] = [recordOf("hello-1"), recordOf("tool-1"), recordOf("late-1")];

describe("indexer/create-indexer", function () {
  this.timeout(60_000);
  let world: RegistryWorld;

  beforeEach(async () => {
    world = await startRegistryWorld();
  });
  afterEach(() => world.close());

  const seqOf = (record: { storePath: string }) => world.index.findMapping(nixIdOf(record))?.row.seq;

  /** The index is what the contract says it is, down to the last row of the CAT. */
  async function expectComplete() {
    const { head, seq, cat } = await world.registry.state();
    const { alarmHead, alarms } = await world.registry.alarmState();
    expect(world.index.cursor()).to.include({ head, seq, alarmHead, alarms }).and.deep.include({ cat });
    const getChunk = (address: string) => Promise.resolve(world.index.findChunk(address)!);
    for await (const row of readRows(cat, getChunk)) expect(world.index.findRow(row.nixId)).to.deep.equal(row);
  }

  it("founds an empty index", async () => {
    const indexer = await world.makeIndexer();
    // A relay beside it is not ready before everything is in: blocks are taken in one by one.
    expect(indexer.health().stale).to.be.a("string");
    const { batches, lagging, cursor } = await indexer.step();
    expect({ batches, lagging, seq: cursor?.seq }).to.deep.equal({ batches: 0, lagging: false, seq: 0 });
    expect(indexer.health()).to.deep.equal({ chainBlock: cursor!.block, halted: undefined, stale: undefined });
    await expectComplete();
  });

  it("follows batches, a tombstone among them", async () => {
    const indexer = await world.makeIndexer();
    await publishBatch(world, hello, tool);
    expect(await indexer.step()).to.include({ batches: 1 });
    expect([seqOf(hello), seqOf(tool)]).to.deep.equal([1, 1]);

    const newer = recordOf("hello-1", "another build");
    await publishBatch(world, newer, late);
    const last = await publishBatch(world, { tombstone: tool.storePath });
    expect(last.pack).to.equal(NO_PACK);
    expect(await indexer.step()).to.include({ batches: 2 });
    expect([seqOf(hello), seqOf(late), seqOf(tool)]).to.deep.equal([2, 2, undefined]);
    expect(world.index.recordOf(world.index.findMapping(nixIdOf(hello))!)).to.deep.equal(newer);
    await expectComplete();
    expect(await indexer.step()).to.include({ batches: 0 });
  });

  it("follows growth, with ranges of one block", async () => {
    const indexer = await world.makeIndexer({ logRange: 1 });
    for (const [from, to] of [
      [0, 40],
      [40, 110],
    ] as const) {
      const records = Array.from({ length: to - from }, (_, at) => recordOf(`pkg-${from + at}`));
      await publishBatch(world, ...records);
      await indexer.step();
      for (const record of records) expect(seqOf(record)).to.be.a("number");
    }
    expect(world.index.cursor()!.cat.depth).to.be.greaterThan(0);
    await publishBatch(world, recordOf("pkg-0", "again"));
    await indexer.step();
    await expectComplete();
  });

  it("takes in two batches of one block", async () => {
    const { registry, sender } = world;
    const first = await draftBatch(world, [hello]);
    const second = await draftBatch(world, [late], {}, first);
    await world.rpc("evm_setAutomine", false);
    const contract = contractAt(registry.id.registry, sender);
    for (const batch of [first, second]) {
      const approvals = sortApprovals(await signBatch(world, batch));
      await contract.publish(toTypedBatch(batch), approvals, { gasLimit: 1_000_000 });
    }
    await world.mine(1);
    const block = Number(await world.rpc("eth_blockNumber"));
    expect((await readHistory(registry, { from: block, to: block })).length).to.equal(2);
    const indexer = await world.makeIndexer();
    expect(await indexer.step()).to.include({ batches: 2 });
    await expectComplete();
  });

  it("withdraws at the latest block, and takes batches at the final one", async () => {
    const indexer = await world.makeIndexer({ finality: "finalized" });
    await indexer.step();
    expect(world.index.cursor()).to.equal(undefined); // this chain's final block is its genesis
    await publishBatch(world, hello, tool);
    await publishBatch(world, late);
    await indexer.step();
    expect(world.index.cursor()?.seq).to.not.equal(2);
    await world.mine(20);
    await indexer.step();
    expect([seqOf(hello), seqOf(late), seqOf(tool)]).to.deep.equal([1, 2, 1]);
    const { block } = world.index.cursor()!;

    await withdrawBuild(world.registry, world.guardian, toHex(swarmIdOf(hello)), "it phones home");
    await withdrawBatch(world.registry, world.guardian, 2, "its builder was broken into");
    await indexer.step();
    expect([seqOf(hello), seqOf(late), seqOf(tool)]).to.deep.equal([undefined, undefined, 1]);
    expect(world.index.cursor()!.alarms).to.equal(0);
    expect(world.index.cursor()!.block).to.be.at.least(block);

    await world.mine(20);
    await indexer.step();
    expect(world.index.cursor()!.alarms).to.equal(2);
    expect([seqOf(hello), seqOf(late), seqOf(tool)]).to.deep.equal([undefined, undefined, 1]);
    await expectComplete();
  });

  it("counts confirmations", async () => {
    const indexer = await world.makeIndexer({ finality: 3 });
    await publishBatch(world, hello);
    await world.mine(2);
    await indexer.step();
    expect(seqOf(hello)).to.equal(undefined);
    await world.mine(1);
    await indexer.step();
    expect(seqOf(hello)).to.equal(1);
  });

  it("serves again what a withdrawal hid that was reorganised away", async () => {
    await publishBatch(world, hello);
    await world.mine(10);
    const indexer = await world.makeIndexer({ finality: 5 });
    await indexer.step();
    await withdrawBatch(world.registry, world.guardian, 1, "");
    await indexer.step();
    expect(seqOf(hello)).to.equal(undefined);
    await world.rpc("anvil_reorg", 1, []);
    expect(await indexer.step()).to.include({ lagging: false });
    expect(seqOf(hello)).to.equal(1);
  });

  it("halts where a block was reorganised away that counted as final", async () => {
    await publishBatch(world, hello);
    const indexer = await world.makeIndexer();
    const { cursor } = await indexer.step();
    await world.rpc("anvil_reorg", 1, []);
    expect(await codeOf(() => indexer.step())).to.equal("CHAIN_REORGANISED");
    expect(world.index.cursor()).to.deep.equal(cursor);
    expect(seqOf(hello)).to.equal(1);
  });

  it("goes on where it stopped", async () => {
    await publishBatch(world, hello);
    await (await world.makeIndexer()).step();
    world.reopenIndex();
    await publishBatch(world, late);
    const from = world.index.cursor()!.block + 1;
    const { calls } = world.rpcProxy;
    calls.length = 0;
    expect(await (await world.makeIndexer()).step()).to.include({ batches: 1 });
    const asked = calls.filter(({ method }) => method === "eth_getLogs").map(({ params }) => params[0]);
    expect(asked).to.have.length(1);
    expect(Number((asked[0] as { fromBlock: string }).fromBlock)).to.equal(from);
    await expectComplete();
  });

  it("withdraws what a guardian gives a reason for that is no text", async () => {
    await publishBatch(world, hello);
    const indexer = await world.makeIndexer();
    await indexer.step();
    const data = registryInterface.encodeFunctionData("withdrawBatch", [1, "??"]).replace("3f3f", "ff80");
    await (await world.guardian.sendTransaction({ to: world.registry.id.registry, data })).wait();
    await indexer.step();
    expect(seqOf(hello)).to.equal(undefined);
    await expectComplete();
  });

  it("refuses a range of no blocks", () => {
    const options = { store: world.store, registry: world.registry, index: world.index, log: silentLogger };
    const make = () =>
      createIndexer({ ...options, deploymentBlock: 0, finality: "latest", pollSeconds: 1, logRange: 0 });
    expect(make).to.throw(RangeError);
  });
});
