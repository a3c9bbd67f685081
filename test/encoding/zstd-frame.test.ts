import { expect } from "chai";
import fc from "fast-check";
import { constants, zstdCompressSync } from "node:zlib";
import { ZstdFrameWalker } from "../../src/encoding/zstd-frame.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

/** How many bytes belong to the frame, given in pieces of `size` bytes; and whether it ended. */
function walk(bytes: Uint8Array, size: number): { length: number; ended: boolean } {
  const walker = new ZstdFrameWalker();
  let length = 0;
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    const taken = walker.advance(piece);
    length += taken;
    if (taken < piece.length) break;
  }
  return { length, ended: walker.ended };
}

describe("ZstdFrameWalker", () => {
  // zlib writes raw, RLE and compressed blocks, and frames of one segment or with a window, as the content asks for.
  const contents: Record<string, Uint8Array> = {
    "no bytes": new Uint8Array(0),
    "one byte": Uint8Array.of(7),
    text: Buffer.from("catnix ".repeat(50)),
    "zeros of several blocks": new Uint8Array(1_000_000),
    "noise of several blocks": pseudoRandomBytes(300_000),
    both: new Uint8Array([...new Uint8Array(200_000), ...pseudoRandomBytes(200_000)]),
  };
  for (const [name, content] of Object.entries(contents))
    it(`finds the end of a frame of ${name}, with a checksum or without`, () => {
      for (const checksum of [0, 1])
        for (const contentSize of [0, 1]) {
          const params = {
            [constants.ZSTD_c_checksumFlag]: checksum,
            [constants.ZSTD_c_contentSizeFlag]: contentSize,
          };
          const frame = zstdCompressSync(content, { params });
          const followed = new Uint8Array([...frame, ...frame]);
          for (const size of [1, 2, 3, 7, 4096, followed.length]) {
            expect(walk(followed, size)).to.deep.equal({ length: frame.length, ended: true });
            expect(walk(frame.subarray(0, -1), size)).to.deep.equal({ length: frame.length - 1, ended: false });
          }
        }
    });

  it("knows every frame header of RFC 8878, table by table", () => {
    for (const [sizeFlag, contentSizes] of [
      [0, 1],
      [2, 2],
      [4, 4],
      [8, 8],
    ].entries())
      for (const single of [0, 1])
        for (const checksum of [0, 1])
          for (const [dictionaryFlag, dictionarySize] of [0, 1, 2, 4].entries()) {
            const descriptor = (sizeFlag << 6) | (single << 5) | (checksum << 2) | dictionaryFlag;
            const fields = (single ? 0 : 1) + dictionarySize + contentSizes[single]!;
            // Each field has bytes that would be a block's header, or a checksum, in a wrong place.
            const header = [0x28, 0xb5, 0x2f, 0xfd, descriptor, ...new Uint8Array(fields).fill(0xff)];
            const rawBlock = [0x10, 0, 0, 0xff, 0xff];
            const lastRleBlock = [0x03, 0xff, 0, 0xff];
            const frame = [...header, ...rawBlock, ...lastRleBlock, ...new Uint8Array(4 * checksum).fill(0xff)];
            const bytes = Uint8Array.from([...frame, ...new Uint8Array(40).fill(0xff)]);
            for (const size of [1, bytes.length])
              expect(walk(bytes, size)).to.deep.equal({ length: frame.length, ended: true });
          }
  });

  it("reads the window that each kind of header asks for", () => {
    for (const [header, window] of [
      ["0000", 1024],
      ["0007", 1920],
      ["0068", 2 ** 23],
      ["0069", 2 ** 23 + 2 ** 20],
      ["00ff", 15 * 2 ** 38],
      ["4069ffff", 2 ** 23 + 2 ** 20],
      ["20fe", 254],
      ["21aafe", 254],
      ["60ffff", 65_791],
      ["a001000080", 2 ** 31 + 1],
      ["e3aaaaaaaa0000000000000100", 2 ** 48],
    ] as const)
      for (const size of [1, 100]) {
        const walker = new ZstdFrameWalker();
        const bytes = Buffer.from(`28b52ffd${header}`, "hex");
        for (let at = 0; at < bytes.length; at += size) {
          expect(walker.windowSize).to.equal(undefined);
          walker.advance(bytes.subarray(at, at + size));
        }
        expect(walker.windowSize).to.equal(window);
      }
  });

  it("takes nothing for a frame that is none", () => {
    for (const bytes of [Buffer.from("hello"), Buffer.from("502a4d1804000000aabbccdd", "hex"), new Uint8Array(9)])
      expect(walk(bytes, bytes.length)).to.deep.equal({ length: 0, ended: false });
  });

  it("ends for any bytes, and never takes more than there are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const frame = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, ...bytes]);
        expect(walk(frame, 1)).to.deep.equal(walk(frame, frame.length));
      }),
    );
  });
});
