import { expect } from "chai";
import fc from "fast-check";
import { constants, zstdCompressSync } from "node:zlib";
import { concatBytes, equalBytes } from "../../src/encoding/bytes.js";
import { ZstdError } from "../../src/encoding/zstd-decompress.js";
import { decompressFrames } from "../../src/encoding/zstd-frames.js";
import { collect } from "../support/collect.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { splitBytes } from "../support/split-bytes.js";

/** A skippable frame: any of sixteen magic numbers, the size, then what nobody reads (RFC 8878, 3.1.2). */
function skippable(content: Uint8Array, variant = 0): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50 + variant);
  header.writeUInt32LE(content.length, 4);
  return concatBytes(header, content);
}

const decompress = (file: Uint8Array, size: number) => collect(decompressFrames(splitBytes(file, size)));

describe("decompressFrames", () => {
  it("is the inverse of any frames, with anything skippable between them, cut anywhere", async () => {
    const part = fc.record({
      content: fc.uint8Array({ maxLength: 400 }),
      skip: fc.option(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(15))),
      checksum: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.integer({ min: 1, max: 50 }), async (parts, size) => {
        const file = concatBytes(
          ...parts.flatMap(({ content, skip, checksum }) => [
            ...(skip ? [skippable(...skip)] : []),
            zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: Number(checksum) } }),
          ]),
        );
        const content = concatBytes(...parts.map(({ content }) => content));
        expect(equalBytes(await decompress(file, size), content)).to.equal(true);
      }),
    );
  });

  it("reads large frames with padding and a table at the end", async () => {
    const contents = [1, 2, 3].map((seed) => pseudoRandomBytes(300_000, seed));
    const frames = contents.map((content) => concatBytes(zstdCompressSync(content), skippable(new Uint8Array(1000))));
    const file = concatBytes(...frames, skippable(new Uint8Array(17), 14));
    expect(equalBytes(await decompress(file, 70_000), concatBytes(...contents))).to.equal(true);
  });

  it("tells of blocks and frames alike, whether a frame is small or not and however it is cut", async () => {
    const frames = [0, 1, 300, 4000, 4080, 5000, 200_000].map((size, seed) =>
      zstdCompressSync(pseudoRandomBytes(size, seed + 1)),
    );
    frames.push(zstdCompressSync(new Uint8Array(3_000_000))); // few bytes that come to many
    frames.push(Buffer.concat([Buffer.from("28b52ffd0068", "hex"), Buffer.alloc(3000), Buffer.from("010000", "hex")]));
    const file = concatBytes(...frames, ...frames.reverse());
    const told = async (step: number) => {
      const events: unknown[] = [];
      const observer = {
        onFrame: (size: number, contentSize: number) => void events.push([size, contentSize]),
        onBlock: (block: object) => void events.push(block),
      };
      for await (const piece of decompressFrames(splitBytes(file, step), observer)) events.push(piece.length > 0);
      return events.filter((event) => event !== true);
    };
    const whole = await told(file.length);
    expect(whole.filter(Array.isArray)).to.have.length(2 * frames.length);
    for (const step of [7, 4096]) expect(await told(step)).to.deep.equal(whole);
  });

  it("gets through tiny frames without a stream for each", async () => {
    const content = pseudoRandomBytes(50_000, 3);
    const frames = Array.from(content, (byte) => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 9, 0, 0, byte]));
    const pieces: Uint8Array[] = [];
    for await (const piece of decompressFrames(splitBytes(Buffer.concat(frames), 65_536))) pieces.push(piece);
    expect(equalBytes(Buffer.concat(pieces), content)).to.equal(true);
  }).timeout(30_000);

  const frame = zstdCompressSync(Buffer.from("hello"));
  const wrong: [what: string, bytes: Uint8Array][] = [
    ["text", Buffer.from("no frame at all")],
    ["three bytes", frame.subarray(0, 3)],
    ["a frame that breaks off", frame.subarray(0, frame.length - 1)],
    ["a small frame with a block of a reserved type", Buffer.from("28b52ffd200107000061", "hex")],
    ["a small frame that states another size", Buffer.from("28b52ffd200209000061", "hex")],
    ["a small frame with a block that is too large", Buffer.from("28b52ffd00680b001061", "hex")],
    ["a frame, then text", concatBytes(frame, Buffer.from("and more"))],
    ["a frame, then a byte", concatBytes(frame, Uint8Array.of(0))],
    ["a skippable frame's header that breaks off", skippable(new Uint8Array(5)).subarray(0, 7)],
    ["a skippable frame that breaks off", concatBytes(frame, skippable(new Uint8Array(5)).subarray(0, 12))],
  ];
  for (const [what, bytes] of wrong)
    for (const size of [1, 1000])
      it(`refuses ${what}, in pieces of ${size}`, async () => {
        const error: unknown = await decompress(bytes, size).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(ZstdError);
      });

  it("passes on what reading throws, and closes the source when it is left", async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield await Promise.resolve(zstdCompressSync(pseudoRandomBytes(100_000)));
        throw new RangeError("the source");
      } finally {
        closed = true;
      }
    }
    const error: unknown = await collect(decompressFrames(source())).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(RangeError);
    closed = false;
    for await (const piece of decompressFrames(source())) {
      expect(piece.length).to.be.greaterThan(0);
      break;
    }
    expect(closed).to.equal(true);
  });
});
