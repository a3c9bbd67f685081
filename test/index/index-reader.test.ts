import { expect } from "chai";
import { DatabaseSync } from "node:sqlite";
import { formatRecord } from "../../src/cat/record.js";
import { toHex } from "../../src/encoding/hex.js";
import { IndexReader } from "../../src/index/index-reader.js";
import type { IndexWriter } from "../../src/index/index-writer.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import {
  commitBatch,
  commitWithdrawal,
  makeBatch,
  makeRecord,
  makeStorePath,
  swarmIdOf,
} from "../support/fill-index.js";
import { openTestIndex, type TestIndex } from "../support/open-test-index.js";

const first = makeRecord("hello-1", Buffer.from("the first build"));
const second = makeRecord("hello-1", Buffer.from("the second build, longer"));
const { nixId } = parseStorePath(first.storePath);
const tombstone = { tombstone: first.storePath };

/** What the index says after a history (docs/spec.md, Who wins): of the path, and of both builds' NARs. */
interface Case {
  readonly history: (writer: IndexWriter) => Promise<unknown>;
  readonly mapping: typeof first | undefined;
  readonly nars: readonly (typeof first)[];
}

const cases: Record<string, Case> = {
  "nothing approved": { history: () => Promise.resolve(), mapping: undefined, nars: [] },
  "one build": { history: (w) => commitBatch(w, first), mapping: first, nars: [first] },
  "a build replaced": {
    history: async (w) => [await commitBatch(w, first), await commitBatch(w, second)],
    mapping: second,
    nars: [first, second],
  },
  "a tombstone": {
    history: async (w) => [await commitBatch(w, first), await commitBatch(w, tombstone)],
    mapping: undefined,
    nars: [],
  },
  "a tombstone, then another build: the withdrawn one stays away": {
    history: async (w) => [await commitBatch(w, first), await commitBatch(w, tombstone), await commitBatch(w, second)],
    mapping: second,
    nars: [second],
  },
  "a tombstone, then the same build again, on purpose": {
    history: async (w) => [await commitBatch(w, first), await commitBatch(w, tombstone), await commitBatch(w, first)],
    mapping: first,
    nars: [first],
  },
  "the current batch withdrawn: no older row comes back, its NAR is still approved": {
    history: async (w) => {
      await commitBatch(w, first);
      commitWithdrawal(w, { seq: await commitBatch(w, second) });
    },
    mapping: undefined,
    nars: [first],
  },
  "a replaced batch withdrawn": {
    history: async (w) => {
      const seq = await commitBatch(w, first);
      await commitBatch(w, second);
      commitWithdrawal(w, { seq });
    },
    mapping: second,
    nars: [second],
  },
  "a build withdrawn through its own batch": {
    history: async (w) => {
      const through = await commitBatch(w, first);
      commitWithdrawal(w, { swarmId: swarmIdOf(first), through });
    },
    mapping: undefined,
    nars: [],
  },
  "a build withdrawn before it was listed again": {
    history: async (w) => {
      const through = await commitBatch(w, first);
      commitWithdrawal(w, { swarmId: swarmIdOf(first), through });
      await commitBatch(w, first);
    },
    mapping: first,
    nars: [first],
  },
  "a build withdrawn one act ahead": {
    history: async (w) => {
      const through = (await commitBatch(w, first)) + 1;
      commitWithdrawal(w, { swarmId: swarmIdOf(first), through });
      await commitBatch(w, first);
    },
    mapping: undefined,
    nars: [],
  },
  "another build withdrawn": {
    history: async (w) => {
      await commitBatch(w, first);
      commitWithdrawal(w, { swarmId: swarmIdOf(second), through: 9 });
      commitWithdrawal(w, { seq: 9 });
    },
    mapping: first,
    nars: [first],
  },
};

describe("index/index-reader", () => {
  let index: TestIndex;
  let writer: IndexWriter;
  let reader: IndexReader;

  beforeEach(async () => {
    index = await openTestIndex(IndexReader);
    ({ writer, reader } = index);
  });
  afterEach(() => index.close());

  for (const [what, { history, mapping, nars }] of Object.entries(cases)) {
    it(what, async () => {
      await history(writer);
      const found = reader.findMapping(nixId);
      expect(found?.text).to.equal(mapping && formatRecord(mapping));
      if (found !== undefined) expect(reader.recordOf(found)).to.deep.equal(mapping);
      expect(found && toHex(found.row.swarmId)).to.equal(mapping && toHex(swarmIdOf(mapping)));
      expect(reader.countMappings()).to.equal(mapping === undefined ? 0 : 1);
      for (const build of [first, second]) {
        const { fileSize, compression } = build;
        expect(reader.findNar(build.narAddress)).to.deep.equal(
          nars.includes(build) ? { fileSize, compression } : undefined,
        );
      }
    });
  }

  it("finds a NAR that two records share while one of them stands", async () => {
    const nar = Buffer.from("the same bytes");
    const [one, two] = [makeRecord("one", nar), makeRecord("two", nar)];
    await commitBatch(writer, one, two);
    commitWithdrawal(writer, { swarmId: swarmIdOf(one), through: 1 });
    expect(reader.findMapping(parseStorePath(one.storePath).nixId)).to.equal(undefined);
    expect(reader.findNar(one.narAddress)).to.deep.equal({ fileSize: nar.length, compression: "none" });
    await commitBatch(writer, { tombstone: two.storePath });
    expect(reader.findNar(one.narAddress)).to.equal(undefined);
  });

  it("finds one build that two paths are mapped to while one of them stands", async () => {
    // Not honest, but possible: the second row leads to a record of another path.
    await commitBatch(writer, first, makeRecord("other", Buffer.from("other")));
    const { batch, cursor } = await makeBatch(writer, [makeRecord("stray", Buffer.from("stray"))]);
    const row = { ...batch.delta[0]!, swarmId: swarmIdOf(first) };
    const records = new Map([[toHex(row.swarmId), { nar: first.narAddress, text: formatRecord(first) }]]);
    writer.commit(writer.cursor(), { batches: [{ ...batch, delta: [row], records }], withdrawals: [], cursor });
    const stray = reader.findMapping(parseStorePath(makeStorePath("stray")).nixId)!;
    expect(await codeOf(() => reader.recordOf(stray))).to.equal("CAT_RECORD_OF_ANOTHER_PATH");
    expect(reader.recordOf(reader.findMapping(nixId)!)).to.deep.equal(first);
  });

  it("shows a tombstone as a row, and nothing of a path that no batch set", async () => {
    await commitBatch(writer, first);
    await commitBatch(writer, tombstone);
    expect(reader.findRow(nixId)).to.deep.equal({ nixId, seq: 2, swarmId: new Uint8Array(32) });
    expect(reader.findRow(new Uint8Array(20).fill(7))).to.equal(undefined);
  });

  it("believes no cursor that no indexer wrote", async () => {
    await commitBatch(writer, first);
    const database = new DatabaseSync(index.file);
    const before = database.prepare("SELECT * FROM cursor").get()!;
    for (const [column, value] of Object.entries({ root: "x", depth: 33, seq: -1, head: "0x", alarms: -1 })) {
      const write = database.prepare(`UPDATE cursor SET ${column} = ?`);
      write.run(value);
      expect(await codeOf(() => Promise.resolve(reader.cursor())), column).to.equal("DATABASE_FAILED");
      write.run(before[column]!);
    }
    database.close();
    expect(reader.cursor()).to.include({ seq: 1 });
  });

  it("has another version after every change that another connection makes", async () => {
    const versions = [reader.version()];
    await commitBatch(writer, first);
    versions.push(reader.version());
    writer.replacePendingWithdrawals([{ alarm: 1, target: { seq: 1 }, reason: "" }]);
    versions.push(reader.version());
    commitWithdrawal(writer, { seq: 1 });
    versions.push(reader.version());
    expect(new Set(versions).size).to.equal(versions.length);
    expect(reader.version()).to.equal(versions.at(-1));
  });
});
