import { expect } from "chai";
import { applyDelta, checkGrowth } from "../../src/cat/apply.js";
import { lookupRow, readRows } from "../../src/cat/lookup.js";
import { type Cat, countLevels, EMPTY_CAT } from "../../src/cat/tree.js";
import { codeOf } from "../support/code-of.js";
import { ChunkStore } from "./support/chunk-store.js";
import { NaiveCat } from "./support/naive-cat.js";
import { ascending, collectRows, groundRows, rowOf, rowsOf, tombstoneOf } from "./support/rows.js";

const empty = new ChunkStore().get;

describe("growth", () => {
  it("is to the smallest depth at which every bucket fits", async () => {
    for (const count of [64, 65, 200, 1500]) {
      const naive = new NaiveCat();
      naive.apply(rowsOf(count));
      const { cat, rows } = await applyDelta(EMPTY_CAT, rowsOf(count), empty);
      expect(cat).to.deep.equal({ root: await naive.address(), depth: naive.depth });
      expect(rows).to.equal(count <= 64 ? undefined : count);
    }
  });

  it("may take several steps at once, and never goes back", async () => {
    const store = new ChunkStore();
    const first = await applyDelta(EMPTY_CAT, groundRows(65, 5), empty);
    expect(first.cat.depth).to.be.greaterThan(5);
    store.put(first.chunks);
    const withdrawn = groundRows(65, 5).map((row) => tombstoneOf(row, 2));
    const second = await applyDelta(first.cat, withdrawn, store.get);
    expect(second.cat.depth).to.equal(first.cat.depth);
    expect(second.rows).to.equal(undefined);
  });

  it("needs what it returns and nothing else", async () => {
    const store = new ChunkStore();
    const small = await applyDelta(EMPTY_CAT, rowsOf(60), empty);
    const grown = await applyDelta(small.cat, rowsOf(500, 2), store.put(small.chunks).get);
    expect(grown.replaced.size).to.equal(60);
    const read = await collectRows(readRows(grown.cat, new ChunkStore().put(grown.chunks).get));
    expect(read).to.deep.equal(rowsOf(500, 2));
  });

  it("counts what it does by rows, not by buckets: 65 ground rows reach depth 32", async () => {
    const ground = groundRows(65, 31);
    // The last bit splits them evenly, but the CAT must go all the way down to see it.
    const { cat, chunks } = await applyDelta(EMPTY_CAT, ground, empty);
    expect(cat.depth).to.equal(32);
    expect(chunks.length).to.be.lessThan(20);

    const store = new ChunkStore().put(chunks);
    expect(await collectRows(readRows(cat, store.get))).to.deep.equal(ground);
    expect(await lookupRow(cat, ground[9]!.nixId, store.get)).to.deep.equal(ground[9]);
    expect(await lookupRow(cat, rowOf("absent").nixId, store.get)).to.equal(undefined);

    // And such a CAT goes on as usual.
    const next = await applyDelta(cat, rowsOf(50, 2), store.get);
    store.put(next.chunks);
    expect(next.cat.depth).to.equal(32);
    expect(next.chunks.length).to.be.lessThan(50 * (countLevels(32) + 1));
    expect(await collectRows(readRows(next.cat, store.get))).to.deep.equal(ascending([...ground, ...rowsOf(50, 2)]));
  });

  it("ends at depth 32: 65 rows that share 32 bits fit nowhere", async () => {
    expect(await codeOf(() => applyDelta(EMPTY_CAT, groundRows(65, 32), empty))).to.equal("CAT_FULL");
    const { cat } = await applyDelta(EMPTY_CAT, groundRows(64, 32), empty);
    expect(cat.depth).to.equal(0);
  });
});

describe("checkGrowth", () => {
  const grow = async (parent: Cat, ...args: Parameters<typeof applyDelta> extends [Cat, ...infer R] ? R : never) => {
    const update = await applyDelta(parent, ...args);
    return codeOf(() => checkGrowth(parent, update));
  };

  it("lets honest growth through, from nothing as well", async () => {
    const store = new ChunkStore();
    for (const count of [1, 64, 65, 130, 1000, 5000])
      expect(await grow(EMPTY_CAT, rowsOf(count), empty)).to.equal(undefined);
    const { cat, chunks } = await applyDelta(EMPTY_CAT, rowsOf(2000), empty);
    expect(await grow(cat, rowsOf(9000, 2), store.put(chunks).get)).to.equal(undefined);
  });

  it("does not mind a CAT that stays", async () => {
    const { cat, chunks } = await applyDelta(EMPTY_CAT, groundRows(65, 31), empty);
    expect(await grow(cat, rowsOf(9, 2), new ChunkStore().put(chunks).get)).to.equal(undefined);
  });

  it("refuses growth by ground nixIds", async () => {
    // 65 rows in one half: the step from two buckets to four still has a load of 32.5, the next one of 16.
    expect(await grow(EMPTY_CAT, groundRows(65, 1), empty)).to.equal(undefined);
    expect(await grow(EMPTY_CAT, groundRows(65, 2), empty)).to.equal("CAT_GROWTH_REFUSED");
    expect(await grow(EMPTY_CAT, groundRows(65, 31), empty)).to.equal("CAT_GROWTH_REFUSED");
  });

  it("looks at every step, at the boundary as the specification has it: 24 rows a bucket are enough", async () => {
    // 65 ground rows and others: 95 or 96 in all, and steps over 1, 2 and 4 buckets.
    const others = (count: number) => rowsOf(count).filter((row) => row.nixId[0]! < 0xc0);
    const fill = (total: number) => ascending([...groundRows(65, 2), ...others(100).slice(0, total - 65)]);
    const depth = (total: number) => applyDelta(EMPTY_CAT, fill(total), empty).then(({ cat }) => cat.depth);
    expect([await depth(95), await depth(96)]).to.deep.equal([3, 3]);
    expect(await grow(EMPTY_CAT, fill(95), empty)).to.equal("CAT_GROWTH_REFUSED");
    expect(await grow(EMPTY_CAT, fill(96), empty)).to.equal(undefined);
  });

  it("counts tombstones", async () => {
    const dead = rowsOf(31).map((row) => tombstoneOf(row, 1));
    const others = dead.filter((row) => row.nixId[0]! < 0xc0);
    const store = new ChunkStore();
    const first = await applyDelta(EMPTY_CAT, others, empty);
    const total = others.length + 65;
    expect(await grow(first.cat, groundRows(65, 2, 2), store.put(first.chunks).get)).to.equal(
      total < 96 ? "CAT_GROWTH_REFUSED" : undefined,
    );
  });
});
