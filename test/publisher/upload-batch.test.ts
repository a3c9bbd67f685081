import { expect } from "chai";
import fc from "fast-check";
import { NO_PACK } from "../../src/cat/batch.js";
import { decodeDelta } from "../../src/cat/delta.js";
import { buildCat } from "../../src/cat/build.js";
import { HeldRecords } from "../../src/cat/held-records.js";
import { lookupRow, readRows } from "../../src/cat/lookup.js";
import { decodePack } from "../../src/cat/pack.js";
import { type CatRecord, formatRecord } from "../../src/cat/record.js";
import { ROW_SIZE, type Row } from "../../src/cat/row.js";
import { type Cat, EMPTY_CAT } from "../../src/cat/tree.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import type { CatnixError } from "../../src/errors/catnix-error.js";
import { formatHashPart, parseStorePath } from "../../src/nix/store-path.js";
import { type BatchContent, uploadBatch } from "../../src/publisher/upload-batch.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { ChunkDatabase } from "../../src/swarm/node/chunk-database.js";
import { groundRows, collectRows, rowsOf } from "../cat/support/rows.js";
import { codeOf } from "../support/code-of.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { makeRecord, makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { startNode } from "../support/start-node.js";

const nixIdOf = (name: string) => parseStorePath(makeStorePath(name)).nixId;
const baseNameOf = (name: string) => parseStorePath(makeStorePath(name)).baseName;
const recordOf = (name: string, fields: Partial<CatRecord> = {}) => makeRecord(name, Buffer.from(`of ${name}`), fields);
const refer = (name: string, ...names: string[]) => recordOf(name, { references: names.map(baseNameOf).sort() });

type Content = Partial<Omit<BatchContent, "records">> & {
  readonly records?: readonly CatRecord[];
  readonly storeDir?: string;
};

const NOTHING: BatchContent = {
  parent: EMPTY_CAT,
  seq: 1,
  records: [],
  tombstones: [],
  isLive: () => Promise.resolve(false),
  withdrawnThrough: () => Promise.resolve(0),
};

describe("uploadBatch", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let store: BeeStore;
  beforeEach(async () => {
    node = await startNode();
    proxy = await startFaultProxy(node.url);
    store = new BeeStore({ url: proxy.url, batchId: "0".repeat(64), retries: 0 });
  });
  afterEach(async () => {
    await proxy.close();
    await node.close();
  });

  const contentOf = ({ records = [], storeDir = "/nix/store", ...content }: Content): BatchContent => {
    const held = new HeldRecords(storeDir);
    return { ...NOTHING, ...content, records: records.map((record) => held.add(record)) };
  };
  const upload = async (content: Content) => uploadBatch(contentOf(content), { store, retries: 0 });
  const getChunk = (address: string) => store.getChunk(address);
  const catOf = ({ fields: { root, depth } }: { fields: { root: string; depth: number } }): Cat => ({ root, depth });

  it("puts delta, pack and CAT where a follower finds them", async () => {
    const names = Array.from({ length: 100 }, (_, i) => `path-${i}`); // more than a bucket holds
    const batch = await upload({ records: names.map((name) => recordOf(name)) });
    expect(batch.fields).to.deep.include({ rows: 100, depth: 1 });
    const delta = await store.readAll(batch.fields.delta, 100 * ROW_SIZE);
    expect(decodeDelta(delta, { seq: 1, rows: 100 })).to.deep.equal(batch.delta);
    expect(await collectRows(readRows(catOf(batch), getChunk))).to.deep.equal(batch.delta);
    const { body } = await store.read(batch.fields.pack);
    let at = 0;
    for await (const text of decodePack(body, 100)) {
      const record = names
        .map((name) => recordOf(name))
        .find((one) => formatRecord(one) === Buffer.from(text).toString())!;
      expect(swarmIdOf(record)).to.deep.equal(batch.delta[at++]!.swarmId);
    }
    expect([batch.chunksNew, batch.replaced.size]).to.deep.equal([3, 0]);
  });

  it("gives a CAT in which every row is found, whatever batches came one after the other", async () => {
    const act = fc.record({ listed: fc.uniqueArray(fc.nat(40), { maxLength: 12 }), withdrawn: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 4 }), fc.nat(1000), async (acts, salt) => {
        let cat = EMPTY_CAT;
        const model = new Map<string, Row>();
        for (const [at, { listed, withdrawn }] of acts.entries()) {
          const seq = at + 1;
          const names = listed.map((number) => `${salt}-${number}`);
          const ids = new Set(names.map((name) => toHex(nixIdOf(name))));
          const live = [...model.values()].filter((row) => row.swarmId.some(Boolean) && !ids.has(toHex(row.nixId)));
          const tombstones = live.slice(0, withdrawn).map(({ nixId }) => ({ nixId }));
          if (names.length + tombstones.length === 0) continue;
          const records = names.map((name) => recordOf(name, { narSize: seq, fileSize: seq }));
          const batch = await upload({ parent: cat, seq, records, tombstones });
          expect(batch.fields.pack === NO_PACK).to.equal(records.length === 0);
          cat = catOf(batch);
          for (const record of records) {
            const { nixId } = parseStorePath(record.storePath);
            model.set(toHex(nixId), { nixId, seq, swarmId: swarmIdOf(record) });
          }
          for (const { nixId } of tombstones) model.set(toHex(nixId), { nixId, seq, swarmId: new Uint8Array(32) });
        }
        for (const row of model.values()) expect(await lookupRow(cat, row.nixId, getChunk)).to.deep.equal(row);
        expect(await collectRows(readRows(cat, getChunk))).to.have.length(model.size);
      }),
      { numRuns: 15 },
    );
  });

  describe("holds a delta to the rules", () => {
    const [a, b, c] = ["a", "b", "c"];
    let parent: Cat;
    beforeEach(async () => {
      parent = catOf(await upload({ records: [recordOf(a), recordOf(b)] }));
      const { cat } = { cat: catOf(await upload({ parent, seq: 2, tombstones: [{ nixId: nixIdOf(b) }] })) };
      parent = cat; // a is live, b withdrawn, c unknown
    });
    const isLive = (nixId: Uint8Array) => Promise.resolve(toHex(nixId) === toHex(nixIdOf(a)));
    const cases: [string, string | undefined, () => Content][] = [
      ["a reference that is live", undefined, () => ({ records: [refer(c, a)] })],
      ["a reference to itself", undefined, () => ({ records: [refer(c, c)] })],
      ["a reference in the delta", undefined, () => ({ records: [refer(c, "d"), recordOf("d")] })],
      ["references in a circle", undefined, () => ({ records: [refer(c, "d"), refer("d", c)] })],
      ["a reference that nobody lists", "CAT_CLOSURE_BROKEN", () => ({ records: [refer(c, a, "d")] })],
      ["a reference that is withdrawn", "CAT_CLOSURE_BROKEN", () => ({ records: [refer(c, b)] })],
      [
        "a reference that the delta withdraws",
        "CAT_CLOSURE_BROKEN",
        () => ({ records: [refer(c, a)], tombstones: [{ nixId: nixIdOf(a), force: true }] }),
      ],
      ["a tombstone of a live path", undefined, () => ({ tombstones: [{ nixId: nixIdOf(a) }] })],
      ["a tombstone of a tombstone", "CAT_TOMBSTONE_UNKNOWN", () => ({ tombstones: [{ nixId: nixIdOf(b) }] })],
      ["a tombstone of nothing", "CAT_TOMBSTONE_UNKNOWN", () => ({ tombstones: [{ nixId: nixIdOf(c) }] })],
      [
        "a tombstone of what a live path refers to",
        "CAT_TOMBSTONE_REFERENCED",
        () => ({ tombstones: [{ nixId: nixIdOf(a) }], referrersOf: referredBy(c) }),
      ],
      [
        "one by name",
        undefined,
        () => ({ tombstones: [{ nixId: nixIdOf(a), force: true }], referrersOf: referredBy(c) }),
      ],
      [
        "one of what is set anew without the reference",
        undefined,
        () => ({ tombstones: [{ nixId: nixIdOf(a) }], records: [recordOf(c)], referrersOf: referredBy(c) }),
      ],
      [
        "a build withdrawn through this batch",
        "CAT_WITHDRAWN_BUILD",
        () => ({ records: [recordOf(c)], withdrawnThrough: through(3) }),
      ],
      [
        "a build withdrawn through the one before",
        undefined,
        () => ({ records: [recordOf(c)], withdrawnThrough: through(2) }),
      ],
      ["nothing", "CAT_DELTA_INVALID", () => ({})],
      ["a path twice", "CAT_DELTA_INVALID", () => ({ records: [recordOf(c), recordOf(c, { sigs: [] })] })],
      [
        "a path listed and withdrawn",
        "CAT_DELTA_INVALID",
        () => ({ records: [recordOf(a)], tombstones: [{ nixId: nixIdOf(a) }] }),
      ],
      ["another store folder", "CAT_RECORD_INVALID", () => ({ records: [recordOf(c)], storeDir: "/gnu/store" })],
    ];
    const through = (seq: number) => () => Promise.resolve(seq);
    const referredBy = (name: string) => () =>
      Promise.resolve([{ nixId: nixIdOf(name), storePath: makeStorePath(name) }]);
    for (const [name, code, content] of cases)
      it(`${name}: ${code ?? "accepted"}`, async () => {
        proxy.requests.length = 0;
        expect(await codeOf(() => upload({ parent, seq: 3, isLive, ...content() }))).to.equal(code);
        const sent = proxy.requests.filter((request) => request.startsWith("POST "));
        expect(sent.length === 0).to.equal(code !== undefined);
      });
  });

  it("refuses growth that only ground paths cause, and sends nothing", async () => {
    const records = groundRows(65, 12).map(({ nixId }) =>
      recordOf("x", { storePath: `/nix/store/${formatHashPart(nixId)}-x` }),
    );
    expect(await codeOf(() => upload({ records }))).to.equal("CAT_GROWTH_REFUSED");
    expect(proxy.requests).to.deep.equal([]);
  });

  it("puts at most 7 new chunks for one more row, its record included, at the depths of 60,000 and 100,000", async () => {
    const rows = rowsOf(10_000);
    for (const depth of [11, 12]) {
      const { cat, chunks } = buildCat(rows, depth);
      const database = new ChunkDatabase(node.file);
      database.put(chunks.map(({ address, data }) => ({ address: fromHex(address, 32), data })));
      database.close();
      const before = node.node.stats().newChunks;
      const record = recordOf(`one-more-at-${depth}`);
      await store.write(Buffer.from(formatRecord(record)));
      const { fields, chunksNew } = await upload({ parent: cat, seq: 2, records: [record] });
      expect([fields.depth, chunksNew]).to.deep.equal([depth, 3]);
      // Beside them the record, the delta and the pack.
      expect(node.node.stats().newChunks - before).to.equal(6);
    }
  });

  it("puts the CAT's root last, so that a failure leaves none, and can be done again", async () => {
    const records = Array.from({ length: 200 }, (_, i) => recordOf(`path-${i}`));
    let puts = 0;
    proxy.rule = ({ url }) => (url === "/chunks" && ++puts === 4 ? { kind: "status", status: 500 } : undefined);
    expect(await codeOf(() => upload({ records }))).to.equal("SWARM_UPLOAD_FAILED");
    proxy.rule = () => undefined;
    const { fields, chunksNew } = await upload({ records });
    expect(fields.depth).to.equal(2);
    expect(chunksNew).to.equal(5);
    const again = await upload({ records });
    expect(again.fields).to.deep.equal(fields);
  });

  it("sends each part again that failed for a reason that may pass", async () => {
    const failed = new Set<string>();
    const codes: string[] = [];
    proxy.rule = ({ method, url }) => {
      // Each path once: /bytes with the delta, /chunks with the first chunk of the CAT.
      if (method !== "POST" || url === "/tags" || failed.has(url!)) return undefined;
      failed.add(url!);
      return { kind: "status", status: 500 };
    };
    const onRetry = ({ code }: CatnixError) => void codes.push(code);
    const content = contentOf({ records: [recordOf("again")] });
    const { fields, chunks } = await uploadBatch(content, { store, retries: 1, onRetry });
    expect(codes).to.deep.equal(["SWARM_UPLOAD_FAILED", "SWARM_UPLOAD_FAILED"]);
    expect(chunks.at(-1)).to.equal(fields.root);
  });

  it("stops at its signal", async () => {
    const signal = AbortSignal.abort(new RangeError("enough"));
    const failed = await uploadBatch(contentOf({ records: [recordOf("a")] }), { store, signal }).catch(
      (error: unknown) => error,
    );
    expect(failed).to.be.instanceOf(RangeError);
  });
});
