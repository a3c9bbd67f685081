import { expect } from "chai";
import { keccak256 } from "ethers";
import { equalBytes } from "../../src/encoding/bytes.js";
import * as constants from "../../src/nar-file/constants.js";
import { cutNar, type NarPiece } from "../../src/nar-file/cut-nar.js";
import { findCut } from "../../src/nar-file/find-cut.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { splitBytes } from "../support/split-bytes.js";
import { hashPart, sampleNar, splitAnyhow } from "./support/sample-nar.js";

const { MIN_PIECE_SIZE: MIN, NORMAL_PIECE_SIZE: NORMAL, MAX_PIECE_SIZE: MAX } = constants;
const gear = Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(keccak256(Buffer.concat([Buffer.from("cat/1/gear"), Buffer.of(byte)])).slice(2), "hex").readBigUInt64LE(),
);

/** By the rule of docs/spec.md, in numbers of 64 bits. */
function findCutPlainly(bytes: Uint8Array): number {
  const [early, late] = [constants.MASK_BEFORE_NORMAL, constants.MASK_FROM_NORMAL];
  let hash = 0n;
  const end = Math.min(bytes.length, MAX);
  for (let at = MIN; at < end; at++) {
    hash = BigInt.asUintN(64, (hash << 1n) + gear[bytes[at]!]!);
    if ((hash & (at < NORMAL ? early : late)) === 0n) return at + 1;
  }
  return end;
}

async function cut(nar: AsyncIterable<Uint8Array>, references: string[] = []): Promise<NarPiece[]> {
  const pieces: NarPiece[] = [];
  for await (const piece of cutNar(nar, references)) pieces.push(piece);
  return pieces;
}

const ends = (pieces: NarPiece[]) => {
  let end = 0;
  return pieces.map(({ bytes }) => (end += bytes.length));
};

describe("findCut", () => {
  it("has the gear of the specification", () => {
    expect(gear.slice(0, 2)).to.deep.equal([0xa93e06701838b1b2n, 0xff742b8d3dd8c027n]);
  });

  it("is the gear hash of the specification, before the normal size and after", () => {
    const cuts = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const bytes = pseudoRandomBytes(2 * NORMAL, seed);
      const at = findCut(bytes);
      expect(at).to.equal(findCutPlainly(bytes));
      return at;
    });
    expect(Math.max(...cuts)).to.be.greaterThan(NORMAL);
  }).timeout(120_000);

  it("cuts at the end of few bytes, and at the largest size of bytes that have no cut", () => {
    for (const size of [0, 1, MIN - 1, MIN]) expect(findCut(new Uint8Array(size))).to.equal(size);
    expect(findCut(new Uint8Array(MAX + 1))).to.equal(MAX);
  });
});

describe("cutNar", () => {
  const references = [1, 2, 3].map(hashPart);
  const sample = (seed: number, hashes = references, buildSeed = 1) =>
    sampleNar({ size: 6_000_000, seed, references: hashes, regions: 300, buildSeed });

  it("gives all bytes once, in pieces within bounds, in whatever buffers they come", async () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const nar = sample(seed);
      const pieces = await cut(splitAnyhow(nar, seed), references);
      expect(equalBytes(Buffer.concat(pieces.map(({ bytes }) => bytes)), nar)).to.equal(true);
      for (const { bytes, isLast } of pieces) {
        expect(bytes.length).to.be.at.most(MAX);
        if (!isLast) expect(bytes.length).to.be.greaterThan(MIN - 32);
      }
      expect(pieces.map(({ isLast }) => isLast)).to.deep.equal(pieces.map((_, at) => at === pieces.length - 1));
      expect(await cut(splitBytes(nar, nar.length), references)).to.deep.equal(pieces);
    }
  });

  it("cuts in the same places whatever the regions hold", async () => {
    const before = await cut(splitBytes(sample(7), 65_536), references);
    const others = [11, 12, 13].map(hashPart);
    const after = await cut(splitBytes(sample(7, others, 2), 65_536), others);
    expect(ends(after)).to.deep.equal(ends(before));
    expect(after.map(({ regions }) => regions)).to.deep.equal(before.map(({ regions }) => regions));
  });

  it("finds the old cuts again behind an insertion", async () => {
    const nar = sample(8);
    const longer = Buffer.concat([nar.subarray(0, 1000), Buffer.from("an insertion"), nar.subarray(1000)]);
    const [before, after] = [
      await cut(splitBytes(nar, 65_536), references),
      await cut(splitBytes(longer, 65_536), references),
    ];
    expect(ends(after).slice(1)).to.include.members(
      ends(before)
        .slice(1)
        .map((end) => end + 12),
    );
  });

  it("cuts before a region that it would cut through", async () => {
    // Blank bytes hash alike wherever they are, so that a cut can be moved into a region: before it, any bytes will do.
    const nar = new Uint8Array(MAX + 1000);
    nar.set(Buffer.from(references[0]!), MAX - 10);
    const pieces = await cut(splitBytes(nar, 100_000), references);
    expect(pieces.map(({ bytes }) => bytes.length)).to.deep.equal([MAX - 10, 1010]);
    expect(pieces[1]!.regions).to.deep.equal([{ start: 0, size: 32, reference: 0 }]);
  });

  it("knows the build id whose note is in the piece before, and has no piece where there is no byte", async () => {
    const nar = new Uint8Array(MAX + 1000);
    nar.set(constants.BUILD_ID_NOTE, MAX - 16);
    const pieces = await cut(splitBytes(nar, 100_000));
    expect(pieces[1]!.regions).to.deep.equal([{ start: 0, size: 20, reference: undefined }]);
    expect(await cut(splitBytes(new Uint8Array(), 1))).to.deep.equal([]);
  });
});
