import { expect } from "chai";
import {
  bucketOf,
  fullestAfter,
  fullestOf,
  overflowRisk,
  poissonTail,
  type StampBuckets,
} from "../../../src/swarm/postage/overflow-risk.js";
import { pickBelow, pseudoRandom } from "../../support/pseudo-random.js";

const BUCKETS = 1 << 16;
const empty = (size: number): StampBuckets => ({ size, used: new Uint32Array(BUCKETS) });
const chunksIn = (...counts: [bucket: number, chunks: number][]) => {
  const known = new Uint32Array(BUCKETS);
  for (const [bucket, chunks] of counts) known[bucket] = chunks;
  return known;
};

describe("the risk that a bucket overflows", () => {
  it("is Poisson's tail, whichever side is summed", () => {
    // Summed with Python's math.lgamma.
    const values: [limit: number, mean: number, tail: number][] = [
      [0, 1, 0.6321205588285577],
      [3, 0.01, 4.13347183e-10],
      [64, 28.8, 4.806754e-9],
      [10, 100, 1],
      [99, 100, 0.5132987982791589],
      [1000, 1000, 0.4915906328],
    ];
    for (const [limit, mean, tail] of values)
      expect(poissonTail(limit, mean), `${limit} ${mean}`).to.be.closeTo(tail, tail * 1e-6);
    expect([poissonTail(0, 0), poissonTail(5, 0)]).to.deep.equal([0, 0]);
  });

  it("is known where the chunks are known", () => {
    const full = empty(4);
    full.used[7] = 4;
    full.used[9] = 3;
    const risk = (...counts: [number, number][]) => overflowRisk(full, { known: chunksIn(...counts), others: 0 });
    expect([risk(), risk([9, 1], [8, 4]), risk([9, 2]), risk([7, 1])]).to.deep.equal([0, 0, 1, 1]);
  });

  it("is what happens when chunks fall at random", () => {
    const random = pseudoRandom(7);
    for (const [size, others] of [
      [2, 3000],
      [4, 12_000],
      [8, 50_000],
    ] as const) {
      const runs = 60;
      let overflows = 0;
      let fullest = 0;
      for (let run = 0; run < runs; run++) {
        const used = new Uint32Array(BUCKETS);
        for (let chunk = 0; chunk < others; chunk++) used[pickBelow(BUCKETS, random)]!++;
        const most = fullestOf({ used });
        if (most > size) overflows++;
        fullest += most / runs;
      }
      expect(overflowRisk(empty(size), { others }), String(size)).to.be.closeTo(overflows / runs, 0.2);
      expect(fullestAfter(empty(size), { others })).to.be.closeTo(fullest, 0.8);
    }
  });

  it("tells how full the fullest bucket becomes", () => {
    const some = empty(8);
    some.used[1] = 5;
    expect(fullestAfter(some, { others: 0 })).to.equal(5);
    expect(fullestAfter(some, { known: chunksIn([1, 2], [2, 3]), others: 0 })).to.equal(7);
    expect(fullestAfter(empty(8), { others: 0 })).to.equal(0);
  });

  it("goes by the first 16 bits of an address", () => {
    expect(bucketOf(new Uint8Array([0xab, 0xcd, 1]))).to.equal(0xabcd);
  });
});
