import { expect } from "chai";
import fc from "fast-check";
import { getBytes, keccak256 } from "ethers";
import { zstdDecompressSync } from "node:zlib";
import { equalBytes } from "../../src/encoding/bytes.js";
import { MAX_ATTEMPTS, MIN_PIECE_SIZE } from "../../src/nar-file/constants.js";
import { decodeNarFile } from "../../src/nar-file/decode-nar-file.js";
import { encodeNarFile, makePadding } from "../../src/nar-file/encode-nar-file.js";
import type { EncodedPiece } from "../../src/nar-file/encode-piece.js";
import { makePlaceholder } from "../../src/nar-file/placeholder.js";
import { collect } from "../support/collect.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { decompressByStockZstd } from "../support/stock-zstd.js";
import { splitBytes } from "../support/split-bytes.js";
import { compressibleBytes, hashPart, sampleNar, splitAnyhow } from "./support/sample-nar.js";

const references = [1, 2, 3, 4, 5].map(hashPart);

async function encode(nar: Uint8Array, options: Partial<Parameters<typeof encodeNarFile>[1]> = {}) {
  const pieces: EncodedPiece[] = [];
  const source = splitBytes(nar, 100_000);
  const file = await collect(
    encodeNarFile(source, { references, level: 3, ...options, onPiece: (piece) => pieces.push(piece) }),
  );
  return { file, pieces };
}

const decode = (file: Uint8Array) => collect(decodeNarFile(splitBytes(file, 65_536)));

/** Pages of 4,096 bytes of `after` that `before` lacks, and all that it has. */
function countNewPages(before: Uint8Array, after: Uint8Array): { fresh: number; all: number } {
  const pagesOf = (file: Uint8Array) =>
    Array.from({ length: Math.ceil(file.length / 4096) }, (_, at) =>
      Buffer.from(file.subarray(4096 * at, 4096 * (at + 1))).toString("latin1"),
    );
  const known = new Set(pagesOf(before));
  const pages = pagesOf(after);
  return { fresh: pages.filter((page) => !known.has(page)).length, all: pages.length };
}

describe("encodeNarFile", () => {
  it("comes back whole, and is the same in whatever buffers the NAR comes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_000_000),
        fc.integer({ min: 200, max: 5_000_000 }),
        fc.nat(200),
        async (seed, size, regions) => {
          const nar = sampleNar({ size, seed, references, regions, buildSeed: seed });
          const { file } = await encode(nar);
          expect(equalBytes(await decode(file), nar)).to.equal(true);
          const again = await collect(encodeNarFile(splitAnyhow(nar, seed), { references, level: 3 }));
          expect(equalBytes(again, file)).to.equal(true);
        },
      ),
      { numRuns: 12 },
    );
  }).timeout(120_000);

  it("is read by the stock zstd", async function () {
    const nar = sampleNar({ size: 5_000_000, seed: 3, references, regions: 100, buildSeed: 1 });
    const { file, pieces } = await encode(nar, { level: 9 });
    expect(pieces.length).to.be.greaterThan(1);
    const decoded = decompressByStockZstd(this, file);
    expect(equalBytes(decoded, nar)).to.equal(true);
  });

  it("shares all but few pages with the NAR in which only hashes differ", async () => {
    const sample = { size: 12_000_000, seed: 5, regions: 60 };
    const before = sampleNar({ ...sample, references, buildSeed: 1 });
    const others = [21, 22, 23, 24, 25].map(hashPart);
    const after = sampleNar({ ...sample, references: others, buildSeed: 2 });
    const [one, two] = [await encode(before), await encode(after, { references: others })];
    expect(equalBytes(await decode(two.file), after)).to.equal(true);
    const { fresh, all } = countNewPages(one.file, two.file);
    expect(all).to.be.greaterThan(500);
    expect(fresh).to.be.at.most(60);
    const unmasked = countNewPages(
      (await encode(before, { mask: false })).file,
      (await encode(after, { references: others, mask: false })).file,
    );
    expect(unmasked.fresh).to.be.greaterThan(5 * fresh);
  }).timeout(120_000);

  it("aligns frames and ends them without input; a single one stands alone", async () => {
    const nar = sampleNar({ size: 5_000_000, seed: 6, references, regions: 40, buildSeed: 1 });
    const { file, pieces } = await encode(nar);
    let at = 0;
    for (const { frame } of pieces) {
      expect(at % 4096).to.equal(0);
      expect(Buffer.from(frame.subarray(-3)).toString("hex")).to.equal("010000");
      expect(equalBytes(file.subarray(at, at + frame.length), frame)).to.equal(true);
      at += frame.length + makePadding(frame.length).length;
    }
    expect(Buffer.from(file.subarray(at, at + 4)).toString("hex")).to.equal("5e2a4d18");
    const small = await encode(nar.subarray(0, MIN_PIECE_SIZE));
    expect(small.pieces).to.have.length(1);
    expect(equalBytes(small.file, small.pieces[0]!.frame)).to.equal(true);
  });

  it("has a frame for the NAR without a byte", async () => {
    const { file } = await encode(new Uint8Array());
    expect(zstdDecompressSync(file)).to.have.length(0);
  });

  it("leaves regions whole where they stand close: at the start, side by side, at the end", async () => {
    const regions = [...references, ...references].map((one) => Buffer.from(one));
    for (const nar of [
      Buffer.concat(regions),
      Buffer.concat([...regions, compressibleBytes(10_000, 1)]),
      Buffer.concat([compressibleBytes(10_000, 1), ...regions]),
      regions[0]!,
    ]) {
      const { file, pieces } = await encode(nar, { level: 9 });
      expect(equalBytes(await decode(file), nar)).to.equal(true);
      expect(pieces.some(({ isUnmasked }) => isUnmasked)).to.equal(false);
    }
  });

  it("takes other placeholders where a match ran into one, and none where it ran into all that there are", async () => {
    const text = compressibleBytes(20_000, 9);
    const withPlaceholders = (count: number) =>
      Buffer.concat([
        text,
        Buffer.from(references[0]!),
        text,
        ...Array.from({ length: count }, (_, n) => makePlaceholder(n, 32)),
      ]);
    const few = await encode(withPlaceholders(2));
    expect(few.pieces[0]).to.include({ attempts: 3, isUnmasked: false });
    const all = await encode(withPlaceholders(MAX_ATTEMPTS));
    expect(all.pieces[0]).to.include({ attempts: MAX_ATTEMPTS, isUnmasked: true });
    expect(equalBytes(await decode(few.file), withPlaceholders(2))).to.equal(true);
    expect(equalBytes(await decode(all.file), withPlaceholders(MAX_ATTEMPTS))).to.equal(true);
  });

  it("finds which of many regions a match ran into", async () => {
    const text = compressibleBytes(200_000, 9);
    const parts = Array.from({ length: 700 }, (_, at) => [
      text.subarray(250 * at, 250 * at + 250),
      Buffer.from(hashPart(at)),
    ]);
    const hashes = parts.map(([, reference]) => reference!.toString());
    const { pieces } = await encode(
      Buffer.concat([...parts.flat(), makePlaceholder(300, 32), makePlaceholder(600, 32)]),
      {
        references: hashes,
      },
    );
    expect(pieces[0]).to.include({ regions: 700, attempts: 2, isUnmasked: false });
  });

  it("throws what its source throws, and closes it when it is left", async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (let seed = 1; seed < 100; seed++) yield await Promise.resolve(pseudoRandomBytes(1_000_000, seed));
        throw new RangeError("the source");
      } finally {
        isClosed = true;
      }
    }
    for await (const part of encodeNarFile(source(), { references, level: 1 })) {
      expect(part.length).to.be.greaterThan(0);
      break;
    }
    expect(isClosed).to.equal(true);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(pseudoRandomBytes(9_000_000));
      throw new RangeError("the source");
    }
    const error = await collect(encodeNarFile(broken(), { references, level: 1 })).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(RangeError);
  });
});

describe("makePadding", () => {
  it("fills up to the next chunk with a frame that is skipped", () => {
    for (const [size, padding] of [
      [4096, 0],
      [4095, 4097],
      [4089, 4103],
      [4088, 8],
      [1, 4095],
      [8191, 4097],
    ] as const) {
      const frame = Buffer.from(makePadding(size));
      expect(frame.length).to.equal(padding);
      expect((size + frame.length) % 4096).to.equal(0);
      if (padding === 0) continue;
      expect(frame.subarray(0, 4).toString("hex")).to.equal("502a4d18");
      expect(frame.readUInt32LE(4)).to.equal(padding - 8);
      expect(frame.subarray(8).every((byte) => byte === 0)).to.equal(true);
    }
  });
});

describe("makePlaceholder", () => {
  it("gives bytes that no text has, others for each number", () => {
    // By ethers' keccak256 of the specification's text.
    expect(Buffer.from(makePlaceholder(0, 32)).toString("hex")).to.equal(expected(0));
    expect(Buffer.from(makePlaceholder(70_000, 20)).toString("hex")).to.equal(expected(70_000).slice(0, 40));
    expect(() => makePlaceholder(0, 33)).to.throw(RangeError);
  });

  function expected(number: number): string {
    const text = Buffer.concat([Buffer.from("cat/1/placeholder"), Buffer.alloc(4)]);
    text.writeUInt32LE(number, text.length - 4);
    return Buffer.from(getBytes(keccak256(text)).map((byte) => byte | 0x80)).toString("hex");
  }
});
