import { expect } from "chai";
import fc from "fast-check";
import {
  addressOfChunkData,
  chunkAddress,
  leafAddresses,
  makeChunk,
  MAX_LEAVES,
  parseChunk,
  verifyChunk,
} from "../../src/bmt/chunk.js";
import { concatBytes } from "../../src/encoding/bytes.js";
import { toHex } from "../../src/encoding/hex.js";
import { codeOf } from "../support/code-of.js";
import { plainChunkAddress } from "../support/plain-chunk-address.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

describe("chunk address", () => {
  it("is that of bee-js's own test", () => {
    // ethersphere/bee-js, test/integration/modules/chunk.spec.ts
    const address = "ca6357a08e317d15ec560fef34e4c45f8f19f01c372aa70f1da72bfa7f1a4338";
    expect(toHex(chunkAddress(3, Uint8Array.of(1, 2, 3)))).to.equal(address);
  });

  it("agrees with the plain definition for every kind of length", () => {
    const payload = fc.uint8Array({ minLength: 0, maxLength: 4096 });
    for (let segments = 0; segments <= 128; segments++) {
      for (const size of [32 * segments - 1, 32 * segments, 32 * segments + 1].filter((n) => n >= 0 && n <= 4096)) {
        const bytes = pseudoRandomBytes(size, size);
        expect(toHex(chunkAddress(size, bytes))).to.equal(toHex(plainChunkAddress(size, bytes)));
      }
    }
    fc.assert(
      fc.property(
        payload,
        fc.nat(),
        (bytes, span) => toHex(chunkAddress(span, bytes)) === toHex(plainChunkAddress(span, bytes)),
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

  it("does not depend on where the payload stands, and leaves it as it is", () => {
    const buffer = pseudoRandomBytes(4200);
    const before = buffer.slice();
    for (let offset = 0; offset < 20; offset++) {
      const payload = buffer.subarray(offset, offset + 4000 + offset);
      const wanted = toHex(chunkAddress(payload.length, payload.slice()));
      expect(toHex(chunkAddress(payload.length, payload))).to.equal(wanted);
      expect(toHex(makeChunk(payload.length, payload).address)).to.equal(wanted);
    }
    expect(buffer).to.deep.equal(before);
  });

  it("takes every span of 64 bits, as a number or not", () => {
    const payload = Uint8Array.of(9);
    for (const span of [0n, 1n, 4096n, 0xffff_ffffn, 1n << 32n, (1n << 53n) - 1n, 1n << 53n, (1n << 64n) - 1n]) {
      const wanted = toHex(plainChunkAddress(span, payload));
      expect(toHex(chunkAddress(span, payload))).to.equal(wanted);
      if (span <= 1n << 53n) expect(toHex(chunkAddress(Number(span), payload))).to.equal(wanted);
    }
  });

  it("refuses what is no chunk", () => {
    expect(() => chunkAddress(4097, new Uint8Array(4097))).to.throw(RangeError);
    expect(() => chunkAddress(-1, new Uint8Array(1))).to.throw(RangeError);
    expect(() => chunkAddress(1n << 64n, new Uint8Array(1))).to.throw(RangeError);
    expect(() => chunkAddress(0.5, new Uint8Array(1))).to.throw(RangeError);
    expect(() => chunkAddress(NaN, new Uint8Array(1))).to.throw(RangeError);
  });
});

describe("leafAddresses", () => {
  it("agrees with one by one, for every number of leaves and wherever they stand", () => {
    const buffer = pseudoRandomBytes(4096 * MAX_LEAVES + MAX_LEAVES);
    for (let count = 0; count <= MAX_LEAVES; count++) {
      const leaves = buffer.subarray(count, count + 4096 * count);
      const one = (_: unknown, at: number) => chunkAddress(4096, leaves.subarray(4096 * at, 4096 * (at + 1)));
      expect(toHex(leafAddresses(leaves))).to.equal(toHex(concatBytes(...Array.from({ length: count }, one))));
    }
  });

  it("refuses what are no full leaves, or too many", () => {
    for (const size of [1, 4095, 4097, 4096 * (MAX_LEAVES + 1)])
      expect(() => leafAddresses(new Uint8Array(size))).to.throw(RangeError);
  });
});

describe("parseChunk", () => {
  it("is the way back from a chunk's data", () => {
    const chunk = makeChunk(700, pseudoRandomBytes(700));
    expect(parseChunk(chunk.data)).to.deep.equal(chunk);
  });

  it("refuses what is no node of a file", async () => {
    for (const data of [
      new Uint8Array(7),
      new Uint8Array(4105),
      makeChunk(2, Uint8Array.of(1, 2, 3)).data,
      makeChunk(1n << 53n, new Uint8Array(4096)).data,
    ])
      expect(await codeOf(() => parseChunk(data))).to.equal("SWARM_CHUNK_INVALID");
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

  it("brings a payload with zeros too many or too few, which hashes alike, into its one form", () => {
    const zerosAtEnd = makeChunk(300, concatBytes(new Uint8Array(200).fill(1), new Uint8Array(100)));
    for (const [{ address, data }, other] of [
      [chunk, concatBytes(chunk.data, new Uint8Array(3))],
      [chunk, concatBytes(chunk.data, new Uint8Array(4104 - chunk.data.length))],
      [zerosAtEnd, zerosAtEnd.data.subarray(0, 208)],
      [zerosAtEnd, zerosAtEnd.data.subarray(0, 250)],
    ] as const) {
      expect(toHex(addressOfChunkData(other))).to.equal(toHex(address));
      expect(Buffer.compare(verifyChunk(address, other), data)).to.equal(0);
      expect(Buffer.compare(parseChunk(other).data, data)).to.equal(0);
    }
  });

  it("refuses other bytes after the payload, also under their own address", async () => {
    const longer = concatBytes(chunk.data, Uint8Array.of(1));
    expect(await codeOf(() => verifyChunk(chunk.address, longer))).to.equal("SWARM_MISMATCH");
    expect(await codeOf(() => verifyChunk(addressOfChunkData(longer), longer))).to.equal("SWARM_CHUNK_INVALID");
  });
});
