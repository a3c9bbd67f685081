import { expect } from "chai";
import fc from "fast-check";
import { constants, createZstdCompress, zstdCompressSync } from "node:zlib";
import { concatBytes, equalBytes } from "../../src/encoding/bytes.js";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { decodeNarFile } from "../../src/nar-file/decode-nar-file.js";
import { encodeNarFile } from "../../src/nar-file/encode-nar-file.js";
import { NarFileReader } from "../../src/nar-file/read-nar-range.js";
import { encodeSeekTable } from "../../src/nar-file/seek-table.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { pickBelow, pseudoRandom } from "../support/pseudo-random.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { fuzzSeeds } from "../support/seeds.js";
import { splitBytes } from "../support/split-bytes.js";
import { hashPart, sampleNar } from "./support/sample-nar.js";

const references = [1, 2, 3].map(hashPart);
const sample = sampleNar({ size: 4_500_000, seed: 1, references, regions: 20, buildSeed: 1 });
const frameOf = (text: string) => zstdCompressSync(Buffer.from(text));
const skippable = (variant: number, content: Uint8Array) => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50 + variant);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
};

/** Reads to the end and holds nothing. */
async function decode(
  file: Uint8Array,
  options: Parameters<typeof decodeNarFile>[1] = {},
  step = 65_536,
): Promise<number> {
  let size = 0;
  for await (const piece of decodeNarFile(splitBytes(file, step), options)) size += piece.length;
  return size;
}

describe("decodeNarFile", () => {
  let file: Uint8Array;
  before(async () => (file = await collect(encodeNarFile(splitBytes(sample, 65_536), { references, level: 3 }))));

  it("reads pieces, padding and table, and what other encoders write", async () => {
    const three = ["one", "two", "three"].map(frameOf);
    for (const [bytes, content] of [
      [file, sample],
      [zstdCompressSync(sample), sample],
      [Buffer.concat(three), Buffer.from("onetwothree")],
      [
        Buffer.concat([skippable(0, Buffer.from("x")), three[0]!, skippable(14, Buffer.from("no table"))]),
        Buffer.from("one"),
      ],
    ] as const)
      for (const step of [1000, bytes.length])
        expect(equalBytes(await collect(decodeNarFile(splitBytes(bytes, step))), content)).to.equal(true);
  });

  it("refuses what holds more than it may", async () => {
    expect(await codeOf(() => decode(file, { maxSize: sample.length - 1 }))).to.equal("NAR_FILE_TOO_LARGE");
    expect(await decode(file, { maxSize: sample.length })).to.equal(sample.length);
  });

  it("stops at the bound of a bomb, within little memory", async () => {
    const bomb = zstdCompressSync(new Uint8Array(200_000_000));
    expect(bomb.length).to.be.lessThan(20_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(await codeOf(() => decode(bomb, { maxSize: 1_000_000 }))).to.equal("NAR_FILE_TOO_LARGE");
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(50_000_000);
  });

  describe("refuses", () => {
    const frame = frameOf("hello");
    const table = encodeSeekTable([{ size: frame.length, contentSize: 5 }]);
    const padding = skippable(0, new Uint8Array(20));
    const withTable = (entries: Parameters<typeof encodeSeekTable>[0], ...frames: Uint8Array[]) =>
      concatBytes(...frames, encodeSeekTable(entries));
    const entry = { size: frame.length, contentSize: 5 };
    const pad = { size: 28, contentSize: 0 };
    const flagged = Buffer.concat([frame, table]);
    flagged[flagged.length - 5] = 0x80;
    const hugeWindow = Buffer.from("28b52ffd00a001000061", "hex"); // window descriptor: 2^(10 + 20) bytes
    // A raw block of 300 bytes in a frame that states so, with this window descriptor.
    const withWindow = (descriptor: number) =>
      Buffer.concat([
        Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x40, descriptor, 44, 0, 0x61, 0x09, 0),
        Buffer.alloc(300, "a"),
      ]);
    const wrong: [what: string, bytes: Uint8Array, code: string][] = [
      ["no bytes", new Uint8Array(), "NAR_FILE_MALFORMED"],
      ["text", Buffer.from("not zstd at all"), "NAR_FILE_MALFORMED"],
      ["another magic", Buffer.concat([Buffer.from("29b52ffd", "hex"), frame.subarray(4)]), "NAR_FILE_MALFORMED"],
      ["a frame cut short", frame.subarray(0, -1), "NAR_FILE_MALFORMED"],
      ["a skippable frame cut short", concatBytes(frame, padding.subarray(0, -1)), "NAR_FILE_MALFORMED"],
      ["a frame and a byte", concatBytes(frame, Uint8Array.of(1)), "NAR_FILE_MALFORMED"],
      ["a window of a gibibyte", hugeWindow, "NAR_FILE_MALFORMED"],
      ["a window of 9 MiB for few bytes that are all at hand", withWindow(0x69), "NAR_FILE_MALFORMED"],
      ["a window of a gibibyte for few bytes that are all at hand", withWindow(0xa0), "NAR_FILE_MALFORMED"],
      ["a dictionary", Buffer.from("28b52ffd21070109000061", "hex"), "NAR_FILE_MALFORMED"],
      ["a table of nothing", withTable([], frame), "NAR_SEEK_TABLE_INVALID"],
      ["a table with another size", withTable([{ ...entry, size: 13 }], frame), "NAR_SEEK_TABLE_INVALID"],
      ["a table with another content", withTable([{ ...entry, contentSize: 4 }], frame), "NAR_SEEK_TABLE_INVALID"],
      ["a table that leaves out the padding", withTable([entry], frame, padding), "NAR_SEEK_TABLE_INVALID"],
      ["a table out of order", withTable([pad, entry], frame, padding), "NAR_SEEK_TABLE_INVALID"],
      ["a table with an entry too many", withTable([entry, entry], frame), "NAR_SEEK_TABLE_INVALID"],
      ["a table with checksums", flagged, "NAR_SEEK_TABLE_INVALID"],
      [
        "a table that is not the end of its frame",
        concatBytes(frame, skippable(14, table.subarray(16))),
        "NAR_SEEK_TABLE_INVALID",
      ],
      [
        "a table of another kind of frame",
        concatBytes(frame, skippable(0, table.subarray(8))),
        "NAR_SEEK_TABLE_INVALID",
      ],
      [
        "a table of pieces beyond 4 MiB",
        (() => {
          const big = zstdCompressSync(new Uint8Array(4_194_305));
          return withTable([{ size: big.length, contentSize: 4_194_305 }], big);
        })(),
        "NAR_SEEK_TABLE_INVALID",
      ],
    ];
    for (const [what, bytes, code] of wrong)
      it(what, async () => {
        for (const step of [1, 100_000]) expect(await codeOf(() => decode(bytes, {}, step))).to.equal(code);
      });

    it("no window of 8 MiB", async () => {
      for (const step of [1, 100_000]) expect(await decode(withWindow(0x68), {}, step)).to.equal(300);
    });

    it("a data frame that ends as a table would", async () => {
      // A raw block may hold anything: whoever reads a range would take it for the table.
      const fake = encodeSeekTable([entry]);
      const raw = Buffer.concat([
        Buffer.from("28b52ffd20", "hex"),
        Buffer.of(fake.length),
        Buffer.of(1 | ((fake.length << 3) & 0xff), fake.length >> 5, 0),
        fake,
      ]);
      expect(await codeOf(() => decode(Buffer.concat([frame, raw])))).to.equal("NAR_SEEK_TABLE_INVALID");
    });
  });

  it("takes a table before the last frame for any skippable frame", async () => {
    const frame = frameOf("hello");
    const table = encodeSeekTable([{ size: 1, contentSize: 1 }]);
    expect(await decode(Buffer.concat([frame, table, frame]))).to.equal(10);
  });

  it("gets through thousands of frames and blocks without content", async () => {
    const empty = zstdCompressSync(new Uint8Array());
    const frames = Buffer.concat(Array.from({ length: 3000 }, () => empty));
    expect(await decode(frames)).to.equal(0);
    const skipped = Buffer.concat(
      Array.from({ length: 50_000 }, (_, at) => skippable(at % 16, new Uint8Array(at % 3))),
    );
    expect(await decode(skipped)).to.equal(0);
    const header = Buffer.from("28b52ffd0068", "hex"); // a window of 8 MiB
    const blocks = Buffer.concat([header, Buffer.alloc(3 * 100_000), Buffer.from("010000", "hex")]);
    expect(await decode(blocks)).to.equal(0);
    const entries = Array.from({ length: 3000 }, () => ({ size: empty.length, contentSize: 0 }));
    expect(await decode(Buffer.concat([frames, encodeSeekTable(entries)]))).to.equal(0);
  }).timeout(60_000);

  describe("of damaged files", () => {
    const small = sample.subarray(0, 60_000);
    const parts = [0, 1, 2, 3].map((at) => small.subarray(15_000 * at, 15_000 * (at + 1)));
    const frames = parts.flatMap((part) => [
      zstdCompressSync(part, { params: { [constants.ZSTD_c_checksumFlag]: 0 } }),
      skippable(0, new Uint8Array(40)),
    ]);
    const entries = frames.map(({ length }, at) => ({ size: length, contentSize: at % 2 === 0 ? 15_000 : 0 }));
    const whole = concatBytes(...frames, encodeSeekTable(entries));

    /** Swaps, repeats, drops, cuts and flips. */
    function damage(random: () => number): Uint8Array {
      let bytes: Uint8Array = whole.slice();
      for (let times = 1 + pickBelow(3, random); times > 0; times--) {
        const [a, b] = [pickBelow(bytes.length, random), pickBelow(bytes.length, random)].sort((x, y) => x - y) as [
          number,
          number,
        ];
        const kind = pickBelow(6, random);
        if (kind === 0) bytes[a] = pickBelow(256, random);
        if (kind === 1) bytes = bytes.slice(0, Math.max(1, b));
        if (kind === 2) bytes = concatBytes(bytes.subarray(0, a), bytes.subarray(b));
        if (kind === 3) bytes = concatBytes(bytes.subarray(0, b), bytes.subarray(a));
        if (kind === 4)
          bytes[bytes.length - 1 - pickBelow(Math.min(90, bytes.length), random)] = pickBelow(256, random);
        if (kind === 5) bytes.set(pseudoRandomBytes(4, a + 1).subarray(0, bytes.length - a), a);
        if (bytes.length === 0) return Uint8Array.of(0);
      }
      return bytes;
    }

    for (const seed of fuzzSeeds)
      it(`gives the bytes or a coded error, whole and by ranges, and ranges of what is right agree with the whole (seed ${seed})`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.nat(), fc.nat(60_000), fc.nat(60_000), async (choice, x, y) => {
            const bytes = damage(pseudoRandom(choice));
            let content: Uint8Array | undefined;
            try {
              content = await collect(decodeNarFile(splitBytes(bytes, 5000), { maxSize: 200_000 }));
            } catch (error) {
              if (!isCatnixError(error, "NAR_FILE_MALFORMED", "NAR_SEEK_TABLE_INVALID", "NAR_FILE_TOO_LARGE"))
                throw error;
            }
            const narSize = content?.length ?? small.length;
            const [start, end] = [Math.min(x, y, narSize), Math.min(Math.max(x, y), narSize)];
            async function* readRange(range: { start: number; end: number }) {
              yield* splitBytes(bytes.subarray(range.start, range.end), 4096);
            }
            try {
              const part = await collect(
                new NarFileReader(readRange, { size: bytes.length, narSize }).read({ start, end }),
              );
              if (content) expect(equalBytes(part, content.subarray(start, end))).to.equal(true);
            } catch (error) {
              if (
                content ||
                !isCatnixError(error, "NAR_FILE_MALFORMED", "NAR_SEEK_TABLE_INVALID", "NAR_FILE_TOO_LARGE")
              )
                throw error;
            }
          }),
          { seed, numRuns: 150 },
        );
      }).timeout(120_000);
  });

  it("reads a frame of no stated size that was flushed at every byte", async () => {
    const encoder = createZstdCompress({ flush: constants.ZSTD_e_flush });
    const parts: Buffer[] = [];
    encoder.on("data", (part: Buffer) => parts.push(part));
    for (const byte of Buffer.from("hello"))
      await new Promise<void>((resolve) => encoder.write(Buffer.of(byte), () => resolve()));
    await new Promise<void>((resolve) => encoder.end().on("end", resolve));
    expect(await decode(Buffer.concat(parts))).to.equal(5);
  });
});
