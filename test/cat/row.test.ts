import { expect } from "chai";
import fc from "fast-check";
import { compareRows, decodeRow, encodeRow, isTombstone, type Row } from "../../src/cat/row.js";
import { toHex } from "../../src/encoding/hex.js";
import { codeOf } from "../support/code-of.js";
import { rowOf, tombstoneOf } from "./support/rows.js";

const anyRow: fc.Arbitrary<Row> = fc.record({
  nixId: fc.uint8Array({ minLength: 20, maxLength: 20 }).filter((id) => id.some((byte) => byte > 0)),
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  swarmId: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

describe("row", () => {
  it("is nixId, four zeros, seq (big endian), swarmId", () => {
    const row = { nixId: new Uint8Array(20).fill(0xaa), seq: 0x0102030405, swarmId: new Uint8Array(32).fill(0xbb) };
    const expected = `${"aa".repeat(20)}000000000000000102030405${"bb".repeat(32)}`;
    expect(toHex(encodeRow(row))).to.equal(expected);
  });

  it("comes back from its bytes, wherever they lie", () => {
    fc.assert(
      fc.property(anyRow, fc.nat(9), (row, offset) => {
        const bytes = new Uint8Array(offset + 64);
        bytes.set(encodeRow(row), offset);
        expect(decodeRow(bytes.subarray(offset))).to.deep.equal(row);
      }),
    );
  });

  it("has one encoding: whatever decodes encodes to the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.boolean(), async (bytes, zeroPadding) => {
        if (zeroPadding) bytes.fill(0, 20, 26);
        const code = await codeOf(() => expect(encodeRow(decodeRow(bytes))).to.deep.equal(bytes));
        expect(code).to.be.oneOf([undefined, "CAT_ROW_INVALID"]);
      }),
    );
  });

  it("does not change with the bytes that it was read from", () => {
    const bytes = encodeRow(rowOf("a"));
    const row = decodeRow(bytes);
    bytes.fill(0);
    expect(row).to.deep.equal(rowOf("a"));
  });

  const altered = (offset: number, ...values: number[]) => {
    const bytes = encodeRow(rowOf("a"));
    bytes.set(values, offset);
    return bytes;
  };
  const refused: Record<string, Uint8Array> = {
    "no bytes": new Uint8Array(0),
    "63 bytes": encodeRow(rowOf("a")).subarray(1),
    "65 bytes": new Uint8Array(65).fill(1),
    "a zero row": new Uint8Array(64),
    "a zero nixId": altered(0, ...new Uint8Array(20)),
    "the first byte of the padding": altered(20, 1),
    "the last byte of the padding": altered(23, 1),
    "seq 0": altered(24, ...new Uint8Array(8)),
    "seq 2^53": altered(24, 0, 0x20, 0, 0, 0, 0, 0, 0),
    "seq 2^53 + 1, which no number tells from 2^53": altered(24, 0, 0x20, 0, 0, 0, 0, 0, 1),
    "seq 2^64 - 1": altered(24, ...new Uint8Array(8).fill(255)),
  };
  for (const [name, bytes] of Object.entries(refused))
    it(`refuses ${name}`, async () => expect(await codeOf(() => decodeRow(bytes))).to.equal("CAT_ROW_INVALID"));

  it("is not encoded where it could not be read back", () => {
    const row = rowOf("a");
    const bad: Row[] = [
      { ...row, nixId: new Uint8Array(20) },
      { ...row, nixId: row.nixId.subarray(1) },
      { ...row, swarmId: row.swarmId.subarray(1) },
      ...[0, -1, 1.5, NaN, 2 ** 53].map((seq) => ({ ...row, seq })),
    ];
    for (const each of bad) expect(() => encodeRow(each)).to.throw(RangeError);
  });

  it("is a tombstone where its swarmId is zero", () => {
    expect(isTombstone(rowOf("a"))).to.equal(false);
    expect(isTombstone(tombstoneOf(rowOf("a"), 2))).to.equal(true);
    expect(isTombstone({ ...rowOf("a"), swarmId: new Uint8Array(32).fill(1, 31) })).to.equal(false);
  });

  it("is ordered as unsigned bytes of its nixId, by nothing else", () => {
    const low = { ...rowOf("a"), nixId: new Uint8Array(20).fill(0x7f) };
    const high = { ...rowOf("b"), nixId: new Uint8Array(20).fill(0x80) };
    expect(compareRows(low, high)).to.be.lessThan(0);
    expect(compareRows(high, low)).to.be.greaterThan(0);
    expect(compareRows(low, { ...high, nixId: low.nixId })).to.equal(0);
  });
});
