import { expect } from "chai";
import { decodeDelta, encodeDelta } from "../../src/cat/delta.js";
import { encodeRow, type Row } from "../../src/cat/row.js";
import { codeOf } from "../support/code-of.js";
import { rowOf, rowsOf, tombstoneOf } from "./support/rows.js";

const dense = (rows: readonly Row[]) => new Uint8Array(Buffer.concat(rows.map(encodeRow)));

describe("delta", () => {
  it("is its rows, dense, and comes back", () => {
    for (const count of [1, 2, 65, 1000]) {
      const rows = rowsOf(count, 7);
      const bytes = encodeDelta(rows);
      expect(bytes).to.deep.equal(dense(rows));
      expect(decodeDelta(bytes, { seq: 7, rows: count })).to.deep.equal(rows);
    }
  });

  it("may hold tombstones, and nothing but them", () => {
    const rows = rowsOf(3, 1).map((row) => tombstoneOf(row, 2));
    expect(decodeDelta(encodeDelta(rows), { seq: 2, rows: 3 })).to.deep.equal(rows);
  });

  const [a, b] = rowsOf(2, 7) as [Row, Row];
  const refused: Record<string, [Uint8Array, { seq: number; rows: number }, string]> = {
    "no rows": [new Uint8Array(0), { seq: 7, rows: 0 }, "CAT_DELTA_INVALID"],
    "fewer rows than signed": [dense([a]), { seq: 7, rows: 2 }, "CAT_DELTA_INVALID"],
    "more rows than signed": [dense([a, b]), { seq: 7, rows: 1 }, "CAT_DELTA_INVALID"],
    "a part of a row": [dense([a, b]).subarray(0, 127), { seq: 7, rows: 2 }, "CAT_DELTA_INVALID"],
    "the seq of another batch": [dense([a, b]), { seq: 8, rows: 2 }, "CAT_DELTA_INVALID"],
    "rows of two batches": [dense([a, { ...b, seq: 8 }]), { seq: 7, rows: 2 }, "CAT_DELTA_INVALID"],
    "descending rows": [dense([b, a]), { seq: 7, rows: 2 }, "CAT_DELTA_INVALID"],
    "a row twice": [dense([a, a]), { seq: 7, rows: 2 }, "CAT_DELTA_INVALID"],
    "two builds of one path": [
      dense([a, { ...rowOf("x", 7), nixId: a.nixId }]),
      { seq: 7, rows: 2 },
      "CAT_DELTA_INVALID",
    ],
    "a row of zeros": [new Uint8Array(64), { seq: 7, rows: 1 }, "CAT_ROW_INVALID"],
    "a zero row after the others": [
      new Uint8Array([...dense([a]), ...new Uint8Array(64)]),
      { seq: 7, rows: 2 },
      "CAT_ROW_INVALID",
    ],
  };
  for (const [name, [bytes, batch, code]] of Object.entries(refused))
    it(`refuses ${name}`, async () => expect(await codeOf(() => decodeDelta(bytes, batch))).to.equal(code));

  it("is not encoded where it could not be read back", () => {
    for (const rows of [[], [b, a], [a, a], [a, { ...b, seq: 8 }]])
      expect(() => encodeDelta(rows)).to.throw(RangeError);
  });
});
