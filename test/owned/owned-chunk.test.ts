import { Bee, EthAddress, Identifier } from "@ethersphere/bee-js";
import { expect } from "chai";
import { SigningKey } from "ethers";
import fc from "fast-check";
import { makeChunk } from "../../src/bmt/chunk.js";
import { encodeSpan } from "../../src/bmt/span.js";
import { concatBytes } from "../../src/encoding/bytes.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import {
  makeOwnedChunk,
  type OwnedChunk,
  ownedAddress,
  parseOwnedChunk,
  verifyOwnedChunk,
} from "../../src/owned/owned-chunk.js";
import { ownerOf } from "../../src/owned/signature.js";
import { codeOf } from "../support/code-of.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { wellKnownKey } from "../support/well-known-key.js";

const ORDER = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;
const beeJs = new Bee("http://swarm.invalid"); // its functions that ask nobody
const key = new SigningKey(wellKnownKey(1));
const owner = ownerOf(key);
const id = pseudoRandomBytes(32, 3);
const sign = (payload: Uint8Array) => makeOwnedChunk(key, id, makeChunk(payload.length, payload));

/** Of Bee's own tests, pkg/soc/validator_test.go: identifier 0, the payload "foo". */
const BEE = {
  owner: "8d3766440f0d7b949a5e32995d09619a7f86e632",
  address: "9d453ebb73b2fedaaf44ceddcf7a0aa37f3e3d6453fea5841c31f0ea6d61dc85",
  signature:
    "5acd384febc133b7b245e5ddc62d82d2cded9182d2716126cd8844509af65a053deb418208027f548e3e88343af6f84a8772fb3cebc0a1833a0ea7ec0c1348311b",
};

describe("an owned chunk", () => {
  it("is read as Bee's own test has it", () => {
    const data = concatBytes(new Uint8Array(32), fromHex(BEE.signature, 65), encodeSpan(3), Buffer.from("foo"));
    const chunk = verifyOwnedChunk(fromHex(BEE.address, 32), data);
    expect(toHex(chunk.owner)).to.equal(BEE.owner);
    expect(toHex(chunk.id)).to.equal("00".repeat(32));
    expect(Buffer.from(chunk.wrapped.data.subarray(8)).toString()).to.equal("foo");
  });

  it("is at the address and has the signature that bee-js gives it, whatever the payload", function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 4096 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (payload, identifier) => {
          const ours = makeOwnedChunk(key, identifier, makeChunk(payload.length, payload));
          const theirs = beeJs.makeContentAddressedChunk(payload).toSingleOwnerChunk(identifier, wellKnownKey(1));
          expect(toHex(ours.address)).to.equal(theirs.address.toHex());
          expect(toHex(ours.owner)).to.equal(theirs.owner.toHex());
          expect(toHex(parseOwnedChunk(theirs.data).owner)).to.equal(toHex(owner));
          const read = beeJs.unmarshalSingleOwnerChunk(ours.data, ours.address);
          expect(toHex(read.payload.toUint8Array())).to.equal(toHex(payload));
        },
      ),
      { numRuns: 8 },
    );
    const calculated = beeJs.calculateSingleOwnerChunkAddress(new Identifier(id), new EthAddress(owner));
    expect(toHex(ownedAddress(owner, id))).to.equal(calculated.toHex());
  });

  it("comes back as it was made", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (payload) => {
        const made = sign(payload);
        expect(verifyOwnedChunk(made.address, made.data)).to.deep.equal(made);
      }),
      { numRuns: 20 },
    );
  });

  it("may wrap the root of a longer file", () => {
    const made = makeOwnedChunk(key, id, makeChunk(5000, pseudoRandomBytes(64, 1)));
    expect(parseOwnedChunk(made.data).wrapped.address).to.deep.equal(made.wrapped.address);
  });

  it("is of another owner, or of none, where one bit is flipped", async () => {
    const { data, address } = sign(pseudoRandomBytes(100, 1));
    await fc.assert(
      fc.asyncProperty(fc.nat(data.length * 8 - 1), async (bit) => {
        const changed = data.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const code = await codeOf(() => verifyOwnedChunk(address, changed));
        expect(code).to.be.oneOf(["SWARM_MISMATCH", "OWNED_CHUNK_INVALID"]);
      }),
      { numRuns: 150 },
    );
  });

  const { data, signature } = sign(Buffer.from("foo"));
  const withSignature = (change: (copy: Uint8Array) => void) => {
    const copy = data.slice();
    change(copy.subarray(32, 97));
    return copy;
  };
  const highS = (copy: Uint8Array) => {
    const s = ORDER - BigInt(`0x${toHex(signature.subarray(32, 64))}`);
    copy.set(fromHex(s.toString(16).padStart(64, "0"), 32), 32);
    copy[64] = 55 - copy[64]!;
  };
  for (const [what, bytes] of [
    ["nothing", new Uint8Array(0)],
    ["less than an empty one", data.subarray(0, 104)],
    ["more than a full one", new Uint8Array(4202)],
    ["a payload longer than its span", concatBytes(data, Uint8Array.of(1))],
    ["a span marked by erasure coding", Uint8Array.from(data, (byte, at) => (at === 104 ? 0x81 : byte))],
    ["a recovery number of 0", withSignature((copy) => (copy[64] = 0))],
    ["a recovery number of 29", withSignature((copy) => (copy[64] = 29))],
    ["a recovery number of 30", withSignature((copy) => (copy[64] = 30))],
    ["a recovery number of 35", withSignature((copy) => (copy[64] = 35))],
    ["a recovery number of 37, as of a chain", withSignature((copy) => (copy[64] = 37))],
    ["an r of 0", withSignature((copy) => copy.fill(0, 0, 32))],
    ["an s of the curve's order", withSignature((copy) => copy.set(fromHex(ORDER.toString(16), 32), 32))],
    ["an s of 0", withSignature((copy) => copy.fill(0, 32, 64))],
    ["an r beyond the curve", withSignature((copy) => copy.fill(0xff, 0, 32))],
    ["zeros", new Uint8Array(200)],
  ] as const)
    it(`is not ${what}: OWNED_CHUNK_INVALID`, async () => {
      expect(await codeOf(() => parseOwnedChunk(bytes))).to.equal("OWNED_CHUNK_INVALID");
    });

  const long = makeOwnedChunk(key, id, makeChunk(5000, pseudoRandomBytes(64, 1)));
  const zeros = sign(Uint8Array.of(1, 0, 0));
  for (const [what, bytes, expected] of [
    ["the high twin of its s", withSignature(highS), sign(Buffer.from("foo"))],
    ["the mark of a compressed key", withSignature((copy) => (copy[64]! += 4)), sign(Buffer.from("foo"))],
    ["both", withSignature((copy) => (highS(copy), (copy[64]! += 4))), sign(Buffer.from("foo"))],
    ["zeros after its payload", concatBytes(data, new Uint8Array(9)), sign(Buffer.from("foo"))],
    ["zeros up to the end of a chunk", concatBytes(data, new Uint8Array(4093)), sign(Buffer.from("foo"))],
    ["zeros after its addresses", concatBytes(long.data, new Uint8Array(32)), long],
    ["the zeros at its end left out", zeros.data.subarray(0, -2), zeros],
  ] as [string, Uint8Array, OwnedChunk][])
    // A Bee stores each of them in place of the owner's (tried with 2.8.1), and anybody can make them.
    it(`has one form, also where it came with ${what}`, () => {
      expect(Buffer.compare(bytes, expected.data)).not.to.equal(0);
      const read = verifyOwnedChunk(expected.address, bytes);
      expect(toHex(read.data)).to.equal(toHex(expected.data));
      expect(toHex(read.signature)).to.equal(toHex(expected.signature));
      expect(toHex(read.wrapped.data)).to.equal(toHex(expected.wrapped.data));
    });

  it("is not one of another owner, identifier or content: SWARM_MISMATCH", async () => {
    const { address } = sign(Buffer.from("foo"));
    const other = new SigningKey(wellKnownKey(2));
    const content = makeChunk(3, Buffer.from("foo"));
    for (const chunk of [
      makeOwnedChunk(other, id, content),
      makeOwnedChunk(key, pseudoRandomBytes(32, 4), content),
      { data: Uint8Array.from(data, (byte, at) => (at === data.length - 1 ? 0x70 : byte)) },
    ] as OwnedChunk[])
      expect(await codeOf(() => verifyOwnedChunk(address, chunk.data))).to.equal("SWARM_MISMATCH");
  });

  it("is not made of what has another length or shape", async () => {
    const content = makeChunk(3, Buffer.from("foo"));
    expect(() => makeOwnedChunk(key, new Uint8Array(31), content)).to.throw(RangeError);
    expect(() => ownedAddress(new Uint8Array(19), id)).to.throw(RangeError);
    expect(await codeOf(() => makeOwnedChunk(key, id, makeChunk(4, Buffer.from("foo"))))).to.equal(
      "SWARM_CHUNK_INVALID",
    );
  });
});
