import { CatnixError } from "../errors/catnix-error.js";
import { compareRows, ROW_SIZE, type Row, viewRow, writeRow } from "./row.js";

/**
 * The rows that a batch sets, dense.
 * @param rows at least one, strictly ascending by `nixId`, all of one `seq`
 * @returns 64 bytes a row
 * @throws RangeError where the rows are not a delta
 */
export function encodeDelta(rows: readonly Row[]): Uint8Array {
  const fault = findFault(rows, rows[0]?.seq ?? 0);
  if (fault !== undefined) throw new RangeError(fault);
  const bytes = new Uint8Array(rows.length * ROW_SIZE);
  rows.forEach((row, i) => writeRow(row, bytes, i * ROW_SIZE));
  return bytes;
}

/**
 * Strict inverse of {@link encodeDelta}.
 * @param batch what the signed batch says of its delta
 * @throws CatnixError CAT_DELTA_INVALID, CAT_ROW_INVALID
 */
export function decodeDelta(bytes: Uint8Array, batch: { seq: number; rows: number }): Row[] {
  if (bytes.length !== batch.rows * ROW_SIZE)
    throw new CatnixError("CAT_DELTA_INVALID", { reason: `${bytes.length} bytes are not ${batch.rows} rows` });
  const copy = new Uint8Array(bytes);
  const rows: Row[] = [];
  for (let offset = 0; offset < bytes.length; offset += ROW_SIZE)
    rows.push(viewRow(copy.subarray(offset, offset + ROW_SIZE)));
  const fault = findFault(rows, batch.seq);
  if (fault !== undefined) throw new CatnixError("CAT_DELTA_INVALID", { reason: fault });
  return rows;
}

function findFault(rows: readonly Row[], seq: number): string | undefined {
  if (rows.length === 0) return "it has no rows";
  if (rows.some((row) => row.seq !== seq)) return `a row is not of batch ${seq}`;
  if (rows.some((row, i) => i > 0 && compareRows(rows[i - 1]!, row) >= 0)) return "its rows are not strictly ascending";
  return undefined;
}
