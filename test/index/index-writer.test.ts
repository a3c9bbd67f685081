import { expect } from "chai";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { toHex } from "../../src/encoding/hex.js";
import { IndexReader } from "../../src/index/index-reader.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import { commitBatch, makeBatch, makeRecord, makeStorePath, swarmIdOf, testRegistry } from "../support/fill-index.js";
import { makeTempFolder } from "../support/temp-folder.js";

const record = makeRecord("hello-1", Buffer.from("a NAR, as far as the index knows"));
const { nixId } = parseStorePath(record.storePath);

describe("index/index-writer", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  let writer: IndexWriter;

  beforeEach(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "index.db");
    writer = new IndexWriter(file, testRegistry, "/nix/store");
  });
  afterEach(async () => {
    writer.close();
    await folder.remove();
  });

  it("keeps a batch: cursor, rows, records, chunks", async () => {
    expect(writer.cursor()).to.equal(undefined);
    const { batch, cursor } = await makeBatch(writer, [record]);
    writer.commit(undefined, { batches: [batch], withdrawals: [], cursor });
    expect(writer.cursor()).to.deep.equal(cursor);
    expect(writer.findRow(nixId)).to.deep.equal(batch.delta[0]);
    expect(writer.findMapping(nixId)?.row).to.deep.equal(batch.delta[0]);
    for (const { address, data } of batch.chunks) expect(writer.findChunk(address)).to.deep.equal(data);
    expect(writer.findChunk("0".repeat(64))).to.equal(undefined);
  });

  it("keeps a row whose content was no record, and translates it to nothing", async () => {
    const { batch, cursor } = await makeBatch(writer, [record, makeRecord("hello-2", Buffer.from("another NAR"))]);
    const records = new Map(batch.records);
    records.delete(toHex(swarmIdOf(record)));
    writer.commit(undefined, { batches: [{ ...batch, records }], withdrawals: [], cursor });
    expect(writer.findRow(nixId)?.swarmId).to.deep.equal(swarmIdOf(record));
    expect(writer.findMapping(nixId)).to.equal(undefined);
    expect(writer.countMappings()).to.equal(1);
  });

  it("takes all of a batch in, or nothing", async () => {
    const { batch, cursor } = await makeBatch(writer, [record, makeRecord("hello-2", Buffer.from("another NAR"))]);
    const twice = { ...batch, delta: [...batch.delta, batch.delta[0]!] };
    const progress = { batches: [twice], withdrawals: [], cursor };
    expect(await codeOf(() => writer.commit(undefined, progress))).to.equal("DATABASE_FAILED");
    expect(writer.cursor()).to.equal(undefined);
    expect(writer.findRow(nixId)).to.equal(undefined);
    expect(writer.countMappings()).to.equal(0);
    writer.commit(undefined, { ...progress, batches: [batch] });
    expect(writer.countMappings()).to.equal(2);
  });

  it("refuses progress from a cursor that another process has left", async () => {
    const other = new IndexWriter(file, testRegistry, "/nix/store");
    try {
      const { batch, cursor } = await makeBatch(writer, [record]);
      const progress = { batches: [batch], withdrawals: [], cursor };
      other.commit(undefined, progress);
      expect(await codeOf(() => writer.commit(undefined, progress))).to.equal("INDEX_MOVED");
      for (const stale of [
        { ...cursor, block: 0 },
        { ...cursor, blockHash: cursor.cat.root },
        { ...cursor, head: cursor.cat.root },
      ])
        expect(await codeOf(() => writer.commit(stale, { ...progress, batches: [] }))).to.equal("INDEX_MOVED");
      await commitBatch(writer, makeRecord("hello-2", Buffer.from("another NAR")));
      expect(other.cursor()?.seq).to.equal(2);
    } finally {
      other.close();
    }
  });

  it("refuses the index of another registry or chain, to read and to write", async () => {
    await commitBatch(writer, record);
    for (const other of [
      { ...testRegistry, chainId: 1 },
      { ...testRegistry, registry: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512" },
    ]) {
      expect(await codeOf(() => new IndexReader(file, other, "/nix/store"))).to.equal("INDEX_OF_ANOTHER_REGISTRY");
      expect(await codeOf(() => new IndexWriter(file, other, "/nix/store"))).to.equal("INDEX_OF_ANOTHER_REGISTRY");
    }
  });

  it("replaces pending withdrawals, and a final one stays", async () => {
    await commitBatch(writer, record);
    const ofBatch = { alarm: 1, target: { seq: 1 }, reason: "pending" };
    const ofBuild = { alarm: 2, target: { swarmId: swarmIdOf(record), through: 2 }, reason: "pending" };
    const isServed = () => writer.findMapping(nixId) !== undefined;

    writer.replacePendingWithdrawals([ofBatch]);
    expect(isServed()).to.equal(false);
    writer.replacePendingWithdrawals([]); // its block was reorganised away
    expect(isServed()).to.equal(true);
    writer.replacePendingWithdrawals([ofBatch, ofBuild]);
    writer.replacePendingWithdrawals([ofBuild]);
    expect(isServed()).to.equal(false);

    const cursor = writer.cursor()!;
    writer.commit(cursor, { batches: [], withdrawals: [ofBatch], cursor: { ...cursor, alarms: 1 } });
    writer.replacePendingWithdrawals([ofBatch]); // still among those that the latest block shows
    writer.replacePendingWithdrawals([]);
    expect(isServed()).to.equal(false);
    expect(withdrawals()).to.deep.equal([{ alarm: 1, final: 1 }]);
  });

  it("writes nothing where the pending withdrawals stay the same", async () => {
    await commitBatch(writer, record);
    const pending = [
      { alarm: 1, target: { seq: 1 }, reason: "one" },
      { alarm: 2, target: { swarmId: swarmIdOf(record), through: 2 }, reason: "two" },
    ];
    const reader = new IndexReader(file, testRegistry, "/nix/store");
    try {
      for (const now of [[], pending, pending.slice(0, 1)]) {
        writer.replacePendingWithdrawals(now);
        const version = reader.version();
        writer.replacePendingWithdrawals(now);
        expect(reader.version()).to.equal(version);
      }
    } finally {
      reader.close();
    }
  });

  it("keeps a withdrawal of what it has not seen yet", async () => {
    await commitBatch(writer, makeRecord("hello-0", Buffer.from("first")));
    writer.replacePendingWithdrawals([{ alarm: 1, target: { swarmId: swarmIdOf(record), through: 2 }, reason: "" }]);
    await commitBatch(writer, record);
    expect(writer.findMapping(nixId)).to.equal(undefined);
    expect(writer.findRow(parseStorePath(makeStorePath("hello-1")).nixId)?.seq).to.equal(2);
  });

  function withdrawals() {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = database.prepare("SELECT alarm, final FROM withdrawals ORDER BY alarm").all();
      return rows.map((row) => ({ ...row }));
    } finally {
      database.close();
    }
  }
});
