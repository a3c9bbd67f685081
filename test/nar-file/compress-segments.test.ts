import { expect } from "chai";
import { once } from "node:events";
import { constants, createZstdCompress, zstdDecompressSync } from "node:zlib";
import { PassThrough } from "node:stream";
import { equalBytes } from "../../src/encoding/bytes.js";
import { compressSegments } from "../../src/nar-file/compress-segments.js";
import { SEARCH_LOG, WINDOW_LOG } from "../../src/nar-file/constants.js";
import { flushAtOnce, SMALL_SEGMENT_SIZE } from "../../src/nar-file/flush-at-once.js";
import { collect } from "../support/collect.js";
import { pickBelow, pseudoRandom } from "../support/pseudo-random.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { compressibleBytes } from "./support/sample-nar.js";

/** The same by Node's public interface alone, each segment a trip to a thread. */
async function compressByThreads(segments: readonly Uint8Array[], level: number): Promise<Uint8Array> {
  const encoder = createZstdCompress({
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
      [constants.ZSTD_c_searchLog]: SEARCH_LOG,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
    pledgedSrcSize: segments.reduce((sum, { length }) => sum + length, 0),
    flush: constants.ZSTD_e_flush,
  });
  const all = collect(encoder as AsyncIterable<Uint8Array>);
  for (const segment of segments) await new Promise<void>((resolve) => encoder.write(segment, () => resolve()));
  encoder.end();
  return all;
}

/** Runs of any size with small ones among them, of noise and of what repeats. */
function segmentsOf(seed: number, count: number): Uint8Array[] {
  const random = pseudoRandom(seed);
  const text = compressibleBytes(300_000, seed);
  return Array.from({ length: count }, (_, at) => {
    const size =
      1 + pickBelow([1, 32, SMALL_SEGMENT_SIZE, SMALL_SEGMENT_SIZE + 1, 20_000][pickBelow(5, random)]!, random);
    const from = pickBelow(text.length - size, random);
    return random() < 0.3 ? pseudoRandomBytes(size, at + 1) : text.subarray(from, from + size);
  });
}

describe("compressSegments", () => {
  for (const level of [1, 3, 9, 19])
    it(`makes of small and large segments what a thread makes of each, at level ${level}`, async () => {
      for (const count of [0, 1, 2, 150]) {
        const segments = segmentsOf(level + count, count);
        const { frame, ends } = await compressSegments(segments, level);
        expect(equalBytes(frame, await compressByThreads(segments, level))).to.equal(true);
        expect(equalBytes(zstdDecompressSync(frame), Buffer.concat(segments))).to.equal(true);
        expect(ends).to.have.length(count);
      }
    });

  it("gets through a piece of 4 MiB that is nothing but regions, and lets others have their turn", async () => {
    const noise = pseudoRandomBytes(1 << 22);
    const segments = Array.from({ length: 1 << 17 }, (_, at) => noise.subarray(32 * at, 32 * at + 32));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const { frame, ends } = await compressSegments(segments, 9);
    clearInterval(timer);
    expect(turns).to.be.above(10);
    expect(ends.every((end, at) => at === 0 || end - ends[at - 1]! === 35)).to.equal(true);
    expect(equalBytes(zstdDecompressSync(frame), noise)).to.equal(true);
  }).timeout(60_000);
});

describe("flushAtOnce", () => {
  it("does nothing where Node has no such thing inside", () => {
    expect(flushAtOnce(new PassThrough(), Uint8Array.of(1))).to.equal(undefined);
  });

  it("throws what zstd says", async () => {
    const encoder = createZstdCompress({ pledgedSrcSize: 10 });
    const reported = once(encoder, "error");
    expect(flushAtOnce(encoder, pseudoRandomBytes(6))).to.have.length.above(6);
    expect(() => flushAtOnce(encoder, pseudoRandomBytes(6))).to.throw(Error);
    await reported.catch(() => undefined);
  });

  it("refuses a segment for which there may be no room", () => {
    const encoder = createZstdCompress();
    expect(() => flushAtOnce(encoder, pseudoRandomBytes(3 * SMALL_SEGMENT_SIZE))).to.throw(TypeError);
    encoder.destroy();
  });
});
