import { isZero } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";
import { compareRows, ROW_SIZE, type Row, viewRow, writeRow } from "./row.js";

/** Bytes of a bucket: one Swarm chunk. */
export const BUCKET_SIZE = 4096;
/** 64: the slots of a bucket. */
export const ROWS_PER_BUCKET = BUCKET_SIZE / ROW_SIZE;
/** The contract accepts no deeper CAT. */
export const MAX_DEPTH = 32;

/**
 * The number of the bucket that a `nixId` belongs to: its top `depth` bits, as a number below 2^32.
 * @throws RangeError where `depth` is no integer from 0 to 32
 */
export function bucketNumber(nixId: Uint8Array, depth: number): number {
  if (!Number.isInteger(depth) || depth < 0 || depth > MAX_DEPTH)
    throw new RangeError(`depth ${depth} is not within 0 to ${MAX_DEPTH}`);
  const top = new DataView(nixId.buffer, nixId.byteOffset, nixId.byteLength).getUint32(0);
  return Math.floor(top / 2 ** (32 - depth));
}

/**
 * @param rows at most 64, strictly ascending by `nixId`
 * @returns 4,096 bytes: the rows, then zeros
 * @throws RangeError where they are not
 */
export function encodeBucket(rows: readonly Row[]): Uint8Array {
  if (rows.length > ROWS_PER_BUCKET) throw new RangeError(`${rows.length} rows do not fit into a bucket`);
  const bytes = new Uint8Array(BUCKET_SIZE);
  rows.forEach((row, slot) => {
    if (slot > 0 && compareRows(rows[slot - 1]!, row) >= 0) throw new RangeError("rows are not strictly ascending");
    writeRow(row, bytes, slot * ROW_SIZE);
  });
  return bytes;
}

/**
 * Strict inverse of {@link encodeBucket}.
 * @param bytes 4,096 bytes
 * @param place which bucket of a CAT it is, so that rows of another bucket are refused
 * @throws CatnixError CAT_BUCKET_INVALID, CAT_ROW_INVALID
 */
export function decodeBucket(bytes: Uint8Array, place: { depth: number; number: number }): Row[] {
  const invalid = (reason: string) => new CatnixError("CAT_BUCKET_INVALID", { reason });
  if (bytes.length !== BUCKET_SIZE) throw invalid(`${bytes.length} bytes, not ${BUCKET_SIZE}`);
  const copy = new Uint8Array(bytes);
  const rows: Row[] = [];
  for (let offset = 0; offset < BUCKET_SIZE; offset += ROW_SIZE) {
    const encoded = copy.subarray(offset, offset + ROW_SIZE);
    if (isZero(encoded)) {
      if (!isZero(copy.subarray(offset))) throw invalid("a row follows an empty slot");
      break;
    }
    const row = viewRow(encoded);
    if (rows.length > 0 && compareRows(rows.at(-1)!, row) >= 0) throw invalid("its rows are not strictly ascending");
    if (bucketNumber(row.nixId, place.depth) !== place.number) throw invalid("a row belongs to another bucket");
    rows.push(row);
  }
  return rows;
}
