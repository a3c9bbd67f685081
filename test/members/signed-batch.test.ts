import { expect } from "chai";
import { AbiCoder, concat, toBeHex, zeroPadValue } from "ethers";
import fc from "fast-check";
import type { Batch } from "../../src/cat/batch.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import {
  decodeSignedBatch,
  encodeSignedBatch,
  NO_ATTESTATION,
  type SignedBatch,
} from "../../src/members/signed-batch.js";
import { sampleBatch } from "../support/sample-batch.js";

const batch = sampleBatch;
const signed: SignedBatch = { batch, signature: `0x${"5c".repeat(65)}`, attestation: "04".repeat(32) };
const bytesOf = (hex: string) => fromHex(hex.slice(2), hex.length / 2 - 1);
const word = (value: number | bigint) => toBeHex(value, 32);

/** The ABI by hand: the batch's eight words, where the signature is, the attestation; then its length and its bytes. */
function byHand(fields: Partial<Record<keyof Batch, number | bigint>> = {}, offset = 320, tail = ""): Uint8Array {
  const { seq, depth, rows, deadline } = { ...batch, ...fields };
  const words = [word(seq), batch.parent, `0x${batch.root}`, word(depth), `0x${batch.delta}`, word(rows)];
  const more = [`0x${batch.pack}`, word(deadline), word(offset), `0x${signed.attestation}`];
  const signature = concat([word(65), signed.signature, `0x${"00".repeat(31)}`]);
  return bytesOf(concat([...words, ...more, signature, `0x${tail}`]));
}

describe("signed batch", () => {
  it("is the ABI's encoding, made by hand", () => {
    expect(toHex(encodeSignedBatch(signed))).to.equal(toHex(byHand()));
    expect(decodeSignedBatch(byHand())).to.deep.equal(signed);
  });

  it("comes back as it was encoded", () => {
    const hex = (min: number, max = min) =>
      fc.uint8Array({ minLength: min, maxLength: max }).map((bytes) => toHex(bytes));
    const count = (min: number) => fc.integer({ min, max: Number.MAX_SAFE_INTEGER });
    const batches = fc.record({
      ...{ seq: count(1), parent: hex(32).map((text) => `0x${text}`), root: hex(32), depth: fc.nat(32) },
      ...{ delta: hex(32), rows: count(1), pack: hex(32), deadline: count(0) },
    });
    const signatures = hex(0, 700).map((text) => `0x${text}`);
    fc.assert(
      fc.property(
        batches,
        signatures,
        fc.oneof(hex(32), fc.constant(NO_ATTESTATION)),
        (batch, signature, attestation) => {
          const given = { batch, signature, attestation };
          expect(decodeSignedBatch(encodeSignedBatch(given))).to.deep.equal(given);
        },
      ),
    );
  });

  it("is refused or means the same, whichever byte of it is changed", () => {
    const bytes = byHand();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice();
        changed[at]! ^= flip;
        try {
          expect(toHex(encodeSignedBatch(decodeSignedBatch(changed)))).to.equal(toHex(changed));
        } catch (error) {
          expect(error).to.be.instanceOf(RangeError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("takes no bytes at random", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(() => decodeSignedBatch(bytes)).to.throw(RangeError);
      }),
    );
  });

  const dynamic = AbiCoder.defaultAbiCoder().encode(["bytes", "bytes32"], [signed.signature, zeroPadValue("0x", 32)]);
  for (const [what, bytes] of Object.entries({
    nothing: new Uint8Array(),
    "a byte less": byHand().subarray(0, -1),
    "a byte more": byHand({}, 320, "00"),
    "a word more": byHand({}, 320, "00".repeat(32)),
    "a gap before the signature": byHand({}, 352, "00".repeat(32)),
    "a signature somewhere else": byHand({}, 288),
    "a signature far away": byHand({}, 1 << 30),
    "seq 0": byHand({ seq: 0 }),
    "a seq above 2^53": byHand({ seq: 2n ** 53n }),
    "a seq above 2^64": byHand({ seq: 2n ** 64n }),
    "depth 33": byHand({ depth: 33 }),
    "depth 256": byHand({ depth: 256 }),
    "no rows": byHand({ rows: 0 }),
    "a deadline above 2^53": byHand({ deadline: 2n ** 53n }),
    "something else": bytesOf(dynamic),
  }))
    it(`refuses ${what}`, () => {
      expect(() => decodeSignedBatch(bytes)).to.throw(RangeError);
    });
});
