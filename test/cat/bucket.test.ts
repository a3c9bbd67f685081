import { expect } from "chai";
import fc from "fast-check";
import { bucketNumber, BUCKET_SIZE, decodeBucket, encodeBucket, MAX_DEPTH } from "../../src/cat/bucket.js";
import { encodeRow } from "../../src/cat/row.js";
import { codeOf } from "../support/code-of.js";
import { rowsOf } from "./support/rows.js";

const ROOT = { depth: 0, number: 0 };

describe("bucketNumber", () => {
  it("is the top bits of the nixId, as the contract computes it", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.integer({ min: 0, max: MAX_DEPTH }),
        fc.nat(7),
        (nixId, depth, offset) => {
          const lying = new Uint8Array(offset + 20);
          lying.set(nixId, offset);
          const expected = BigInt(`0x${Buffer.from(nixId).toString("hex")}`) >> BigInt(160 - depth);
          expect(bucketNumber(lying.subarray(offset), depth)).to.equal(Number(expected));
        },
      ),
    );
  });

  it("refuses depths and nixIds that there are not", () => {
    for (const depth of [-1, 33, 1.5, NaN]) expect(() => bucketNumber(new Uint8Array(20), depth)).to.throw(RangeError);
    expect(() => bucketNumber(new Uint8Array(20).subarray(0, 3), 1)).to.throw(RangeError);
  });
});

describe("bucket", () => {
  it("is its rows, then zeros", () => {
    for (const count of [0, 1, 2, 63, 64]) {
      const rows = rowsOf(count);
      const bytes = encodeBucket(rows);
      expect(bytes.length).to.equal(BUCKET_SIZE);
      expect(bytes.subarray(0, 64 * count)).to.deep.equal(new Uint8Array(Buffer.concat(rows.map(encodeRow))));
      expect(bytes.subarray(64 * count).every((byte) => byte === 0)).to.equal(true);
      expect(decodeBucket(bytes, ROOT)).to.deep.equal(rows);
    }
  });

  it("takes 64 rows, ascending, each once", () => {
    const rows = rowsOf(65);
    expect(() => encodeBucket(rows)).to.throw(RangeError);
    expect(() => encodeBucket([rows[1]!, rows[0]!])).to.throw(RangeError);
    expect(() => encodeBucket([rows[0]!, rows[0]!])).to.throw(RangeError);
  });

  it("is read at its own place only", async () => {
    const rows = rowsOf(40).filter((row) => row.nixId[0]! < 128);
    const bytes = encodeBucket(rows);
    expect(decodeBucket(bytes, { depth: 1, number: 0 })).to.deep.equal(rows);
    expect(await codeOf(() => decodeBucket(bytes, { depth: 1, number: 1 }))).to.equal("CAT_BUCKET_INVALID");
    expect(await codeOf(() => decodeBucket(bytes, { depth: 2, number: 0 }))).to.equal("CAT_BUCKET_INVALID");
  });

  const [a, b] = rowsOf(2).map(encodeRow) as [Uint8Array, Uint8Array];
  const bytesWith = (...slots: [number, Uint8Array][]) => {
    const bytes = new Uint8Array(BUCKET_SIZE);
    for (const [slot, row] of slots) bytes.set(row, 64 * slot);
    return bytes;
  };
  const refused: Record<string, [Uint8Array, string]> = {
    "no bytes": [new Uint8Array(0), "CAT_BUCKET_INVALID"],
    "4,095 bytes": [new Uint8Array(4095), "CAT_BUCKET_INVALID"],
    "4,160 bytes": [new Uint8Array(4160), "CAT_BUCKET_INVALID"],
    "a row after an empty slot": [bytesWith([1, a]), "CAT_BUCKET_INVALID"],
    "a row in the last slot only": [bytesWith([0, a], [63, b]), "CAT_BUCKET_INVALID"],
    "one byte in the zeros": [bytesWith([0, a], [63, Uint8Array.of(0, 0, 0, 1)]), "CAT_BUCKET_INVALID"],
    "descending rows": [bytesWith([0, b], [1, a]), "CAT_BUCKET_INVALID"],
    "the same row twice": [bytesWith([0, a], [1, a]), "CAT_BUCKET_INVALID"],
    "a row that is none": [bytesWith([0, new Uint8Array(64).fill(1)]), "CAT_ROW_INVALID"],
    "a row with a zero nixId": [bytesWith([0, encodeRow(rowsOf(1)[0]!).fill(0, 0, 20)]), "CAT_ROW_INVALID"],
  };
  for (const [name, [bytes, code]] of Object.entries(refused))
    it(`refuses ${name}`, async () => expect(await codeOf(() => decodeBucket(bytes, ROOT))).to.equal(code));
});
