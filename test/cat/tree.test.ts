import { expect } from "chai";
import { readFileSync } from "node:fs";
import { readRange } from "../../src/bmt/join-file.js";
import { buildCat } from "../../src/cat/build.js";
import { emptySubtree } from "../../src/cat/empty-subtree.js";
import { lookupRow, readPath, readRows } from "../../src/cat/lookup.js";
import {
  type Cat,
  countChildren,
  countLevels,
  decodeChildren,
  EMPTY_CAT,
  encodeChildren,
  makeCatChunk,
  spanOf,
} from "../../src/cat/tree.js";
import { equalBytes } from "../../src/encoding/bytes.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { codeOf } from "../support/code-of.js";
import { swarmAddressByBeeJs } from "../support/swarm-oracle.js";
import { collect } from "../support/collect.js";
import { ChunkStore } from "./support/chunk-store.js";
import { NaiveCat } from "./support/naive-cat.js";
import { collectRows, rowOf, rowsOf } from "./support/rows.js";

const roots = JSON.parse(readFileSync("test/vectors/cat/roots.json", "utf8")) as Record<string, string>;
const DEPTHS = Object.keys(roots).map(Number);

describe("CAT", () => {
  it("begins as the Swarm address of one bucket of zeros", async () => {
    expect(EMPTY_CAT).to.deep.equal({ root: await swarmAddressByBeeJs(new Uint8Array(4096)), depth: 0 });
    expect(buildCat([], 0).cat).to.deep.equal(EMPTY_CAT);
  });

  for (const depth of DEPTHS)
    it(`is the file of its buckets, and reads back, at depth ${depth}`, async () => {
      const rows = rowsOf(40);
      const { cat, chunks } = buildCat(rows, depth);
      expect(cat).to.deep.equal({ root: roots[depth], depth });
      const store = new ChunkStore().put(chunks);
      expect(await collectRows(readRows(cat, store.get))).to.deep.equal(rows);
      for (const row of rows) expect(await lookupRow(cat, row.nixId, store.get)).to.deep.equal(row);
      expect(await lookupRow(cat, rowOf("absent").nixId, store.get)).to.equal(undefined);
    });

  it("is on Swarm complete, chunks without rows included: any Bee reads the whole file", async () => {
    // The last: a row in each bucket of one half, none in the other, so that no chunk has an empty bucket beside a full one.
    const half = rowsOf(128).map((row, i) => ({ ...row, nixId: row.nixId.with(0, i) }));
    for (const [rows, depth] of [
      [rowsOf(40), 0],
      [rowsOf(40), 9],
      [half, 8],
    ] as const) {
      const naive = new NaiveCat();
      naive.apply(rows);
      naive.depth = depth;
      const { cat, chunks } = buildCat(rows, depth);
      const { get } = new ChunkStore().put(chunks);
      const range = { start: 0, end: 4096 * 2 ** depth };
      const file = await collect(readRange(fromHex(cat.root, 32), range, (address) => get(toHex(address))));
      expect(equalBytes(file, naive.toBytes())).to.equal(true);
    }
  });

  it("has the levels and spans of Swarm's file tree", () => {
    expect([0, 1, 7, 8, 14, 15, 21, 28, 29, 32].map(countLevels)).to.deep.equal([0, 1, 1, 2, 2, 3, 3, 4, 5, 5]);
    expect([0, 1, 2, 3].map((level) => spanOf(15, level))).to.deep.equal([4096, 2 ** 19, 2 ** 26, 2 ** 27]);
    expect([1, 2, 3].map((level) => countChildren(15, level))).to.deep.equal([128, 128, 2]);
    for (const depth of [-1, 33, 1.5, NaN]) expect(() => countLevels(depth)).to.throw(RangeError);
  });

  it("writes and reads the addresses below a chunk", () => {
    const addresses = ["00".repeat(32), "ab".repeat(32)];
    expect(decodeChildren(encodeChildren(addresses))).to.deep.equal(addresses);
    for (const bad of ["ab", "AB".repeat(32), `0x${"ab".repeat(32)}`])
      expect(() => encodeChildren([bad])).to.throw(RangeError);
  });

  it("knows its chunks without rows, at every depth and level", () => {
    for (let depth = 0; depth <= 32; depth++) {
      const root = emptySubtree(depth, countLevels(depth));
      expect(root.address).to.equal(buildCat([], depth).cat.root);
      for (let level = 0; level <= countLevels(depth); level++)
        expect(new DataView(emptySubtree(depth, level).data.buffer).getBigUint64(0, true)).to.equal(
          BigInt(spanOf(depth, level)),
        );
    }
  });
});

describe("reading a CAT", () => {
  const rows = rowsOf(3000);
  const { cat, chunks } = buildCat(rows, 9);
  const row = rows[1234]!;

  it("takes one chunk a level for one row", async () => {
    const store = new ChunkStore().put(chunks);
    await lookupRow(cat, row.nixId, store.get);
    expect(store.reads).to.have.length(3);
    expect(store.reads[0]).to.equal(cat.root);
  });

  it("needs no chunk where there are no rows", async () => {
    const store = new ChunkStore();
    for (const depth of [0, 1, 15, 32]) {
      const empty: Cat = { root: emptySubtree(depth, countLevels(depth)).address, depth };
      expect(await lookupRow(empty, row.nixId, store.get)).to.equal(undefined);
      expect(await collectRows(readRows(empty, store.get))).to.deep.equal([]);
    }
    expect(store.reads).to.deep.equal([]);
  });

  it("reads on only as far as it is asked", async () => {
    const store = new ChunkStore().put(chunks);
    for await (const first of readRows(cat, store.get)) {
      expect(first).to.deep.equal(rows[0]);
      break;
    }
    expect(store.reads.length).to.be.at.most(2 + 128);
  });

  it("refuses a chunk that is of another kind than its place wants", async () => {
    const store = new ChunkStore().put(chunks);
    const { above } = await readPath(cat, 0, store.get);
    const bucket = above[0]![0]!;
    const leaf = makeCatChunk(9, 0, new Uint8Array(4096).fill(1)).data;
    const cases: [string, Uint8Array, string][] = [
      [cat.root, leaf, "a bucket for the root"],
      [cat.root, makeCatChunk(9, 1, encodeChildren(above[0]!)).data, "a chunk of a lower level"],
      [cat.root, makeCatChunk(8, 2, encodeChildren(above[1]!.slice(0, 2))).data, "the root of a smaller CAT"],
      [cat.root, leaf.subarray(0, 8), "no payload"],
      [cat.root, leaf.subarray(0, 5), "no span"],
      [cat.root, new Uint8Array(0), "nothing"],
      [bucket, await store.get(cat.root), "a chunk of addresses for a bucket"],
      [bucket, leaf.subarray(0, 4103), "a short bucket"],
    ];
    for (const [address, data, name] of cases) {
      const bad = new ChunkStore().put(chunks);
      bad.replace(address, data);
      expect(await codeOf(() => lookupRow(cat, new Uint8Array(20), bad.get)), name).to.equal("CAT_TREE_INVALID");
      expect(await codeOf(() => collectRows(readRows(cat, bad.get))), name).to.equal("CAT_TREE_INVALID");
    }
  });

  it("refuses a root under another depth", async () => {
    const store = new ChunkStore().put(chunks);
    for (const depth of [0, 7, 8, 10, 16])
      expect(await codeOf(() => lookupRow({ ...cat, depth }, row.nixId, store.get))).to.equal("CAT_TREE_INVALID");
  });

  it("refuses a bucket with a row of another one, although its hashes hold", async () => {
    // One level, two buckets, each in the other's place.
    const half = buildCat(rowsOf(64), 1);
    const [low, high] = decodeChildren(half.chunks.at(-1)!.data.subarray(8)) as [string, string];
    const swapped = makeCatChunk(1, 1, encodeChildren([high, low]));
    const store = new ChunkStore().put([...half.chunks, swapped]);
    const wrong: Cat = { root: swapped.address, depth: 1 };
    expect(await codeOf(() => lookupRow(wrong, rows[0]!.nixId, store.get))).to.equal("CAT_BUCKET_INVALID");
    expect(await codeOf(() => collectRows(readRows(wrong, store.get)))).to.equal("CAT_BUCKET_INVALID");
  });

  it("passes on what reading throws", async () => {
    expect(await codeOf(() => lookupRow(cat, row.nixId, new ChunkStore().get))).to.equal("SWARM_NOT_FOUND");
  });
});
