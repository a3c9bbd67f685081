import { expect } from "chai";
import fc from "fast-check";
import { CutFinder, type CutRule } from "../../src/encoding/cut-finder.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

const table = new BigUint64Array(pseudoRandomBytes(256 * 8, 7).slice().buffer);
const rule: CutRule = {
  table,
  min: 100,
  normal: 400,
  max: 1600,
  masks: [0x7ff0_0000_0000_0000n, 0x7f00_0000_0000_0000n],
};

/** The definition, word for word and slow: the length of the piece that `bytes` begin with. */
function plainCut(bytes: Uint8Array, { table: gear, min, normal, max, masks }: CutRule): number {
  let hash = 0n;
  for (let at = min; at < Math.min(bytes.length, max); at++) {
    hash = BigInt.asUintN(64, (hash << 1n) + gear[bytes[at]!]!);
    if ((hash & masks[at < normal ? 0 : 1]) === 0n) return at + 1;
  }
  return Math.min(bytes.length, max);
}

function plainPieces(bytes: Uint8Array, of: CutRule): number[] {
  const pieces: number[] = [];
  for (let at = 0; at < bytes.length; at += pieces.at(-1)!) pieces.push(plainCut(bytes.subarray(at), of));
  return pieces;
}

/** Lengths of the pieces of what arrives in these runs. */
function findPieces(runs: readonly Uint8Array[], finder: CutFinder): number[] {
  const pieces: number[] = [];
  for (const run of runs) {
    for (let at = 0; at < run.length;) {
      const before = finder.length;
      const cut = finder.findCut(run.subarray(at));
      if (cut < 0) break;
      pieces.push(before + cut);
      at += cut;
    }
  }
  if (finder.length > 0) pieces.push(finder.length);
  finder.restart();
  return pieces;
}

function splitAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, part) => bytes.slice(edges[part], edge));
}

describe("CutFinder", () => {
  const bytes = pseudoRandomBytes(60_000, 3);

  it("cuts where the definition does", () => {
    const pieces = findPieces([bytes], new CutFinder(rule));
    expect(pieces).to.deep.equal(plainPieces(bytes, rule));
    expect(pieces.some((size) => size > rule.normal)).to.equal(true);
    expect(pieces.some((size) => size < rule.normal)).to.equal(true);
  });

  it("does so however the bytes arrive", () => {
    const finder = new CutFinder(rule);
    const wanted = plainPieces(bytes, rule);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 60 }), (cuts) => {
        expect(findPieces(splitAt(bytes, cuts), finder)).to.deep.equal(wanted);
      }),
      { numRuns: 50 },
    );
  });

  it("does so for any sizes and masks", () => {
    const some = fc.record({
      sizes: fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 300 }), fc.nat({ max: 300 })),
      masks: fc.tuple(fc.bigInt(0n, (1n << 64n) - 1n), fc.bigInt(0n, 1023n)),
      input: fc.uint8Array({ maxLength: 3000 }),
    });
    fc.assert(
      fc.property(some, ({ sizes: [min, more, most], masks, input }) => {
        const other = { table, min, normal: min + more, max: min + more + most + 1, masks };
        expect(findPieces([input], new CutFinder(other))).to.deep.equal(plainPieces(input, other));
      }),
    );
  });

  it("ends a piece at its longest where nothing cuts it, also beyond the room in the module", () => {
    const never = new BigUint64Array(256).fill(1n);
    const long = { ...rule, table: never, max: 200_000, masks: [1n << 63n, 1n] as const };
    // Each byte adds one to an even number, so that the lowest bit is always set; the highest is only where all 64 are.
    expect(findPieces([new Uint8Array(450_000)], new CutFinder({ ...long, masks: [1n, 1n] }))).to.deep.equal([
      200_000, 200_000, 50_000,
    ]);
    const zeros = new Uint8Array(450_000);
    expect(findPieces([zeros], new CutFinder(long))).to.deep.equal(plainPieces(zeros, long));
  });

  it("may take turns with another one", () => {
    const reversed = { ...rule, table: table.toReversed() };
    const [one, other] = [new CutFinder(rule), new CutFinder(reversed)];
    const [ours, theirs] = [plainCut(bytes, rule), plainCut(bytes, reversed)];
    const [half, otherHalf] = [ours - 50, theirs - 50];
    expect(one.findCut(bytes.subarray(0, half))).to.equal(-1);
    expect(other.findCut(bytes.subarray(0, otherHalf))).to.equal(-1);
    expect(one.findCut(bytes.subarray(half))).to.equal(50);
    expect(other.findCut(bytes.subarray(otherHalf))).to.equal(50);
  });

  it("begins anew when told", () => {
    const finder = new CutFinder(rule);
    finder.findCut(bytes.subarray(1, 90));
    finder.restart();
    expect(finder.length).to.equal(0);
    expect(finder.findCut(bytes)).to.equal(plainCut(bytes, rule));
  });

  it("refuses rules that make no sense", () => {
    const wrong: Partial<CutRule>[] = [
      { table: table.slice(1) },
      { min: -1 },
      { min: 401 },
      { normal: 1601 },
      { min: 0, normal: 0, max: 0 },
      { max: 1600.5 },
      { masks: [-1n, 0n] },
      { masks: [0n, 1n << 64n] },
    ];
    for (const part of wrong) expect(() => new CutFinder({ ...rule, ...part })).to.throw(RangeError);
  });
});
