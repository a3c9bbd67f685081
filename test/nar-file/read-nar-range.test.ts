import { expect } from "chai";
import fc from "fast-check";
import { zstdCompressSync } from "node:zlib";
import { equalBytes } from "../../src/encoding/bytes.js";
import { encodeNarFile } from "../../src/nar-file/encode-nar-file.js";
import { NarFileReader } from "../../src/nar-file/read-nar-range.js";
import { encodeSeekTable, type SeekEntry } from "../../src/nar-file/seek-table.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { splitBytes } from "../support/split-bytes.js";
import { hashPart, sampleNar } from "./support/sample-nar.js";

const references = [1, 2, 3].map(hashPart);
const size = 9_000_000;
const nar = sampleNar({ size, seed: 1, references, regions: 100, buildSeed: 1 });

/** A reader, and how many bytes of the file it has taken. */
function open(file: Uint8Array, narSize = size) {
  const fetched = { bytes: 0 };
  async function* readRange({ start, end }: { start: number; end: number }) {
    for await (const piece of splitBytes(file.subarray(start, end), 4096)) {
      fetched.bytes += piece.length;
      yield piece;
    }
  }
  return { reader: new NarFileReader(readRange, { size: file.length, narSize }), fetched };
}

describe("NarFileReader", () => {
  let file: Uint8Array;
  before(async () => (file = await collect(encodeNarFile(splitBytes(nar, 65_536), { references, level: 3 }))));

  const read = (bytes: Uint8Array, start: number, end: number, narSize = size) =>
    collect(open(bytes, narSize).reader.read({ start, end }));

  it("reads any range", async () => {
    const { reader } = open(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(size), fc.nat(size), async (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        expect(equalBytes(await collect(reader.read({ start, end })), nar.subarray(start, end))).to.equal(true);
      }),
      {
        numRuns: 20,
        examples: [
          [0, size],
          [0, 0],
          [size, size],
          [size - 1, size],
          [0, 1],
        ],
      },
    );
  });

  it("fetches the frames that cover the range, and the table once", async () => {
    const { reader, fetched } = open(file);
    await collect(reader.read({ start: 4_000_000, end: 4_000_100 }));
    expect(fetched.bytes).to.be.lessThan(file.length / 2);
    const before = fetched.bytes;
    await collect(reader.read({ start: 4_000_000, end: 4_000_100 }));
    expect(fetched.bytes).to.be.lessThan(2 * before);
    expect(equalBytes(await collect(reader.read({ start: 0, end: size })), nar)).to.equal(true);
  });

  it("reads a file without a table from its start, and no further than it must", async () => {
    const whole = zstdCompressSync(nar);
    const { reader, fetched } = open(whole);
    const bytes = await collect(reader.read({ start: 1_000_000, end: 1_000_500 }));
    expect(equalBytes(bytes, nar.subarray(1_000_000, 1_000_500))).to.equal(true);
    expect(fetched.bytes).to.be.lessThan(whole.length / 2);
  });

  it("refuses ranges that the NAR does not have", async () => {
    for (const [start, end] of [
      [1, 0],
      [-1, 5],
      [0, size + 1],
      [0.5, 2],
      [NaN, 2],
    ] as const)
      expect(await codeOf(() => read(file, start, end)), `${start} to ${end}`).to.equal("NAR_RANGE_INVALID");
  });

  it("passes on what reading the file throws, and asks again the next time", async () => {
    let fails = true;
    async function* readRange({ start, end }: { start: number; end: number }) {
      if (fails) throw new TypeError("the network");
      yield await Promise.resolve(file.subarray(start, end));
    }
    const reader = new NarFileReader(readRange, { size: file.length, narSize: size });
    const error = await collect(reader.read({ start: 0, end: 9 })).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(TypeError);
    fails = false;
    expect(await collect(reader.read({ start: 0, end: 9 }))).to.have.length(9);
  });

  describe("with a table that is wrong", () => {
    const contents = [100, 200, 300].map((length, seed) => nar.subarray(1000 * seed, 1000 * seed + length));
    const frames = contents.map((content) => zstdCompressSync(content));
    const content = Buffer.concat(contents);
    const right = frames.map((frame, at) => ({ size: frame.length, contentSize: contents[at]!.length }));
    const make = (entries: SeekEntry[]) => Buffer.concat([...frames, encodeSeekTable(entries)]);
    const change = (at: number, by: Partial<SeekEntry>) =>
      right.map((entry, i) => (i === at ? { ...entry, ...by } : entry));
    const patch = (offset: number, byte: number) => {
      const bytes = make(right);
      bytes[bytes.length + offset] = byte;
      return bytes;
    };

    it("reads the right one", async () => {
      expect(equalBytes(await read(make(right), 50, 400, 600), content.subarray(50, 400))).to.equal(true);
    });

    const wrong: [what: string, file: Uint8Array][] = [
      ["frames that overlap", make(change(1, { size: right[1]!.size + 5 }))],
      ["frames that leave a gap", make(change(1, { size: right[1]!.size - 5 }))],
      [
        "borders that are shifted",
        make(change(1, { size: right[1]!.size + 5 }).map((e, at) => (at === 2 ? { ...e, size: e.size - 5 } : e))),
      ],
      ["contents that do not add up", make(change(0, { contentSize: 99 }))],
      [
        "contents that add up and are another's",
        make(change(0, { contentSize: 110 }).map((e, at) => (at === 1 ? { ...e, contentSize: 190 } : e))),
      ],
      ["a piece beyond 4 MiB", make(change(1, { contentSize: 2 ** 32 - 1 }))],
      ["an entry too few", make(right.slice(1))],
      ["an entry too many", make([...right, { size: 0, contentSize: 0 }])],
      ["no entries", make([])],
      [
        "a frame of zero bytes that has a content",
        make([{ size: 0, contentSize: 100 }, { size: right[0]!.size, contentSize: 0 }, right[1]!, right[2]!]),
      ],
      ["checksums", patch(-5, 0x80)],
      ["a flag that is reserved", patch(-5, 4)],
      ["a count beyond the file", patch(-8, 9)],
      ["a count beyond all bounds", patch(-6, 0xff)],
      ["another magic of its frame", patch(-9 - 24 - 8, 0x5d)],
      ["another size of its frame", patch(-9 - 24 - 4, 34)],
    ];
    for (const [what, bytes] of wrong)
      it(`refuses ${what}`, async () => {
        expect(await codeOf(() => read(bytes, 50, 400, 600))).to.equal("NAR_SEEK_TABLE_INVALID");
      });

    it("refuses frames that are none, or break off", async () => {
      for (const damage of [0, 5]) {
        const bytes = make(right);
        bytes[damage] = bytes[damage]! ^ 0xff;
        expect(await codeOf(() => read(bytes, 0, 10, 600))).to.be.oneOf([
          "NAR_FILE_MALFORMED",
          "NAR_SEEK_TABLE_INVALID",
        ]);
      }
      const [whole] = frames;
      expect(await codeOf(() => read(whole!.subarray(0, -4), 0, 100, 100))).to.equal("NAR_FILE_MALFORMED");
      expect(await codeOf(() => read(whole!, 0, 101, 101))).to.equal("NAR_FILE_MALFORMED");
      expect(await codeOf(() => read(whole!, 0, 99, 99))).to.equal("NAR_FILE_TOO_LARGE");
      expect(await codeOf(() => read(new Uint8Array(), 0, 1, 1))).to.equal("NAR_FILE_MALFORMED");
    });
  });
});
