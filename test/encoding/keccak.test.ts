import { expect } from "chai";
import { keccak256 as ethersKeccak256 } from "ethers";
import fc from "fast-check";
import { concatBytes } from "../../src/encoding/bytes.js";
import { toHex } from "../../src/encoding/hex.js";
import { keccak256, keccak256Each } from "../../src/encoding/keccak.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

describe("keccak256", () => {
  it("is Ethereum's, not SHA3-256", () => {
    // The hash of nothing: the Yellow Paper's KEC(()), in every Ethereum client.
    expect(toHex(keccak256())).to.equal("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  });

  it("agrees with ethers, however the input is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (parts) => {
        expect(`0x${toHex(keccak256(...parts))}`).to.equal(ethersKeccak256(Buffer.concat(parts)));
      }),
    );
  });

  // Blocks are 136 bytes long; 65,280 bytes of them go into the module at a time.
  for (const size of [
    0, 1, 8, 135, 136, 137, 271, 272, 273, 65_279, 65_280, 65_281, 65_416, 65_536, 130_560, 200_001,
  ]) {
    it(`agrees with ethers at ${size} bytes, whole and in unaligned parts`, () => {
      const bytes = pseudoRandomBytes(size + 3, size).subarray(3);
      const wanted = ethersKeccak256(bytes);
      const cut = Math.floor(size / 3);
      expect(`0x${toHex(keccak256(bytes))}`).to.equal(wanted);
      expect(`0x${toHex(keccak256(bytes.subarray(0, cut), bytes.subarray(cut)))}`).to.equal(wanted);
    });
  }

  it("gives bytes of their own", () => {
    const first = keccak256(Uint8Array.of(1));
    const before = toHex(first);
    keccak256(Uint8Array.of(2));
    expect(toHex(first)).to.equal(before);
  });
});

describe("keccak256Each", () => {
  it("agrees with one by one, for any size and number", () => {
    const some = fc.tuple(fc.integer({ min: 1, max: 15 }), fc.nat({ max: 70 }), fc.nat());
    fc.assert(
      fc.property(some, ([words, count, seed]) => {
        const bytes = pseudoRandomBytes(8 * words * count, seed);
        const wanted = Array.from({ length: count }, (_, at) =>
          keccak256(bytes.subarray(8 * words * at, 8 * words * (at + 1))),
        );
        expect(toHex(keccak256Each(bytes, 8 * words))).to.equal(toHex(concatBytes(...wanted)));
      }),
    );
  });

  it("takes more than fits into the module at a time", () => {
    for (const [size, count] of [
      [8, 2050],
      [64, 1025],
      [120, 1093],
    ] as const) {
      const hashes = keccak256Each(pseudoRandomBytes(size * count), size);
      expect(hashes).to.have.length(32 * count);
      const last = pseudoRandomBytes(size * count).subarray(size * (count - 1));
      expect(toHex(hashes.subarray(-32))).to.equal(toHex(keccak256(last)));
    }
  });

  it("refuses sizes that it cannot do", () => {
    for (const size of [0, 4, 12, 128, NaN]) expect(() => keccak256Each(new Uint8Array(0), size)).to.throw(RangeError);
    expect(() => keccak256Each(new Uint8Array(65), 64)).to.throw(RangeError);
  });
});
