import { expect } from "chai";
import fc from "fast-check";
import { applyDelta } from "../../src/cat/apply.js";
import { buildCat } from "../../src/cat/build.js";
import { readRows } from "../../src/cat/lookup.js";
import { compareRows, type Row } from "../../src/cat/row.js";
import { type Cat, countLevels, EMPTY_CAT } from "../../src/cat/tree.js";
import { toHex } from "../../src/encoding/hex.js";
import { codeOf } from "../support/code-of.js";
import { ChunkStore } from "./support/chunk-store.js";
import { NaiveCat } from "./support/naive-cat.js";
import { ascending, collectRows, rowOf, rowsOf, tombstoneOf } from "./support/rows.js";

/** A CAT of `count` rows at a given depth, with its chunks. */
function makeCat(count: number, depth: number): { cat: Cat; rows: Row[]; store: ChunkStore } {
  const rows = rowsOf(count);
  const { cat, chunks } = buildCat(rows, depth);
  return { cat, rows, store: new ChunkStore().put(chunks) };
}

describe("applyDelta", () => {
  it("agrees with the definition over any history: new rows, new builds, tombstones, revival, growth", async () => {
    // From a pool of 400 paths, so that about half of what a delta sets was there before.
    const delta = fc.uniqueArray(fc.record({ path: fc.nat(399), withdraw: fc.integer({ max: 9, min: 0 }) }), {
      selector: ({ path }) => path,
      minLength: 1,
      maxLength: 150,
      size: "max",
    });
    const depths = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.array(delta, { minLength: 1, maxLength: 6, size: "max" }), async (deltas) => {
        const naive = new NaiveCat();
        const store = new ChunkStore();
        let cat = EMPTY_CAT;
        for (const [i, choices] of deltas.entries()) {
          const seq = i + 1;
          const rows = ascending(
            choices.map(({ path, withdraw }) => {
              const row = rowOf(path, seq);
              return withdraw === 0 ? tombstoneOf(row, seq) : row;
            }),
          );
          const before = new Map(naive.rows);
          naive.apply(rows);
          const update = await applyDelta(cat, rows, store.get);
          cat = update.cat;
          store.put(update.chunks);
          depths.add(cat.depth);

          expect(cat).to.deep.equal({ root: await naive.address(), depth: naive.depth });
          const replaced = rows.map((row) => toHex(row.nixId)).filter((nixId) => before.has(nixId));
          expect([...update.replaced.keys()].sort()).to.deep.equal(replaced);
          for (const [nixId, row] of update.replaced) expect(toHex(row.swarmId)).to.equal(before.get(nixId)!.swarmId);
        }
        // What the updates returned is all that a reader needs.
        const read = await collectRows(readRows(cat, store.get));
        expect(read.map((row) => toHex(row.nixId))).to.deep.equal([...naive.rows.keys()].sort());
      }),
      { numRuns: 25 },
    );
    expect(depths.size).to.be.greaterThan(3);
  });

  for (const depth of [0, 1, 7, 8, 14, 15, 32])
    it(`makes one new chunk a level for one row, at depth ${depth}`, async () => {
      const { cat, rows, store } = makeCat(40, depth);
      const update = await applyDelta(cat, [{ ...rows[7]!, seq: 2 }], store.get);
      expect(update.cat.depth).to.equal(depth);
      expect(update.chunks).to.have.length(countLevels(depth) + 1);
      expect(update.chunks.at(-1)!.address).to.equal(update.cat.root);
      for (const { address } of update.chunks) expect(store.has(address)).to.equal(false);
      expect(store.reads).to.have.length(countLevels(depth) + 1);

      const expected = rows.map((row, i) => (i === 7 ? { ...row, seq: 2 } : row));
      store.put(update.chunks);
      expect(await collectRows(readRows(update.cat, store.get))).to.deep.equal(expected);
      expect(buildCat(expected, depth).cat).to.deep.equal(update.cat);
    });

  it("gives children before parents, each chunk once", async () => {
    for (const [from, count] of [
      [EMPTY_CAT, 3000],
      [makeCat(500, 9).cat, 100],
    ] as const) {
      const store = makeCat(500, 9).store;
      const { cat, chunks } = await applyDelta(from, rowsOf(count, 2), store.get);
      const seen = new Set<string>();
      for (const { address, data } of chunks) {
        expect(seen.has(address)).to.equal(false);
        // Each address in a chunk above the buckets is one seen before, or one that the parent had.
        if (new DataView(data.buffer, data.byteOffset).getBigUint64(0, true) > 4096n)
          for (let at = 8; at < data.length; at += 32) {
            const child = toHex(data.subarray(at, at + 32));
            expect(seen.has(child) || store.has(child)).to.equal(true);
          }
        seen.add(address);
      }
      expect([...seen].at(-1)).to.equal(cat.root);
    }
  });

  it("leaves everything else as it is: two rows in two corners share no chunk but the root", async () => {
    const { cat, rows, store } = makeCat(500, 9);
    const corners = [rows[0]!, rows.at(-1)!].map((row) => ({ ...row, seq: 2 }));
    const { chunks } = await applyDelta(cat, corners, store.get);
    expect(chunks).to.have.length(5);
  });

  it("does not look at chunks that it knows: the first CAT need not be anywhere", async () => {
    const store = new ChunkStore();
    await applyDelta(EMPTY_CAT, rowsOf(1), store.get);
    expect(store.reads).to.deep.equal([]);
  });

  it("gives the parent for no rows", async () => {
    const { cat, store } = makeCat(5, 1);
    const update = await applyDelta(cat, [], store.get);
    expect(update.cat).to.deep.equal(cat);
    expect(update.chunks).to.deep.equal([]);
  });

  it("changes nothing where it is applied again", async () => {
    const { cat, store } = makeCat(500, 9);
    const first = await applyDelta(cat, rowsOf(100, 2), store.get);
    const again = await applyDelta(first.cat, rowsOf(100, 2), store.put(first.chunks).get);
    expect(again.cat).to.deep.equal(first.cat);
    expect(again.chunks).to.deep.equal([]);
  });

  it("does the same in any order of answers", async () => {
    const { cat, store } = makeCat(500, 9);
    const delta = rowsOf(300, 2);
    const slow = async (address: string) => {
      await new Promise((resolve) => setTimeout(resolve, address.charCodeAt(0) % 5));
      return store.get(address);
    };
    const [a, b] = [await applyDelta(cat, delta, store.get), await applyDelta(cat, delta, slow)];
    expect(b.cat).to.deep.equal(a.cat);
    expect(b.chunks.map(({ address }) => address)).to.have.members(a.chunks.map(({ address }) => address));
  });

  it("takes a delta that is not ascending for a mistake of its caller", async () => {
    const [a, b] = ascending([rowOf(1), rowOf(2)]) as [Row, Row];
    for (const delta of [
      [b, a],
      [a, a],
    ])
      expect(await applyDelta(EMPTY_CAT, delta, new ChunkStore().get).catch((e: unknown) => e)).to.be.instanceOf(
        RangeError,
      );
  });

  it("passes on what reading throws, and refuses chunks that are none of its own", async () => {
    const { cat, rows, store } = makeCat(100, 8);
    const delta = [{ ...rows[0]!, seq: 2 }];
    expect(await codeOf(() => applyDelta(cat, delta, new ChunkStore().get))).to.equal("SWARM_NOT_FOUND");
    expect(await codeOf(() => applyDelta({ ...cat, depth: 7 }, delta, store.get))).to.equal("CAT_TREE_INVALID");
    expect(await codeOf(() => applyDelta({ ...cat, depth: 9 }, delta, store.get))).to.equal("CAT_TREE_INVALID");
  });
});

describe("buildCat", () => {
  it("is the definition, at any depth", async () => {
    const naive = new NaiveCat();
    const rows = rowsOf(50);
    naive.apply(rows);
    for (naive.depth of [0, 1, 3, 6, 7, 8, 9]) {
      const { cat } = buildCat(rows, naive.depth);
      expect(cat).to.deep.equal({ root: await naive.address(), depth: naive.depth });
    }
  });

  it("takes rows that are ascending and fit", () => {
    const rows = rowsOf(65);
    expect(() => buildCat(rows, 0)).to.throw(RangeError);
    for (const depth of [0, 1, 9]) {
      expect(() => buildCat([...rows].sort(compareRows).reverse(), depth)).to.throw(RangeError);
      expect(() => buildCat([rows[0]!, rows[0]!], depth)).to.throw(RangeError);
    }
  });
});
