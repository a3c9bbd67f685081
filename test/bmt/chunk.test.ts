import { expect } from "chai";
import fc from "fast-check";
import { addressOfChunkData, chunkAddress, makeChunk, verifyChunk } from "../../src/bmt/chunk.js";
import { concatBytes } from "../../src/encoding/bytes.js";
import { toHex } from "../../src/encoding/hex.js";
import { keccak256 } from "../../src/encoding/keccak.js";
import { codeOf } from "../support/code-of.js";

/** The definition, word for word and slow: all 128 segments, all seven levels. */
function plainAddress(span: number, payload: Uint8Array): Uint8Array {
  let level: Uint8Array[] = Array.from({ length: 128 }, (_, at) => {
    const segment = new Uint8Array(32);
    segment.set(payload.subarray(32 * at, 32 * at + 32));
    return segment;
  });
  while (level.length > 1) level = level.flatMap((node, at) => (at % 2 === 0 ? [keccak256(node, level[at + 1]!)] : []));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(span), true);
  return keccak256(length, level[0]!);
}

describe("chunk address", () => {
  it("is that of bee-js's own test", () => {
    // ethersphere/bee-js, test/integration/modules/chunk.spec.ts
    const address = "ca6357a08e317d15ec560fef34e4c45f8f19f01c372aa70f1da72bfa7f1a4338";
    expect(toHex(chunkAddress(3, Uint8Array.of(1, 2, 3)))).to.equal(address);
  });

  it("agrees with the plain definition for every kind of length", () => {
    const payload = fc.uint8Array({ minLength: 0, maxLength: 4096 });
    const sizes = [0, 1, 31, 32, 33, 63, 64, 65, 96, 97, 2047, 2048, 2049, 4064, 4065, 4095, 4096];
    for (const size of sizes) {
      const bytes = new Uint8Array(size).fill(7);
      expect(toHex(chunkAddress(size, bytes))).to.equal(toHex(plainAddress(size, bytes)));
    }
    fc.assert(
      fc.property(
        payload,
        fc.nat(),
        (bytes, span) => toHex(chunkAddress(span, bytes)) === toHex(plainAddress(span, bytes)),
      ),
      { numRuns: 40 },
    );
  });

  it("does not depend on what was hashed before", () => {
    const short = Uint8Array.of(1);
    const before = toHex(chunkAddress(1, short));
    chunkAddress(4096, new Uint8Array(4096).fill(255));
    expect(toHex(chunkAddress(1, short))).to.equal(before);
  });

  it("refuses what is no chunk", () => {
    expect(() => chunkAddress(4097, new Uint8Array(4097))).to.throw(RangeError);
    expect(() => chunkAddress(-1, new Uint8Array(1))).to.throw(RangeError);
    expect(() => chunkAddress(1n << 64n, new Uint8Array(1))).to.throw(RangeError);
  });
});

describe("verifyChunk", () => {
  const chunk = makeChunk(5, Uint8Array.of(1, 2, 3, 4, 5));

  it("lets the right data through", () => {
    expect(verifyChunk(chunk.address, chunk.data)).to.equal(chunk.data);
    expect(toHex(addressOfChunkData(chunk.data))).to.equal(toHex(chunk.address));
  });

  it("refuses any flipped bit, in the span as in the payload", async () => {
    for (let at = 0; at < chunk.data.length; at++) {
      const flipped = chunk.data.slice();
      flipped[at]! ^= 1;
      expect(await codeOf(() => verifyChunk(chunk.address, flipped))).to.equal("SWARM_MISMATCH");
    }
  });

  it("refuses impossible lengths", async () => {
    for (const length of [0, 7, 4105]) {
      expect(await codeOf(() => verifyChunk(chunk.address, new Uint8Array(length)))).to.equal("SWARM_CHUNK_INVALID");
    }
  });

  it("refuses zeros after the payload, although they hash alike", async () => {
    const padded = concatBytes(chunk.data, new Uint8Array(3));
    expect(toHex(addressOfChunkData(padded))).to.equal(toHex(chunk.address));
    expect(await codeOf(() => verifyChunk(chunk.address, padded))).to.equal("SWARM_CHUNK_INVALID");
  });
});
