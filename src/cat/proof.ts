import { encodeSpan } from "../bmt/span.js";
import { equalBytes } from "../encoding/bytes.js";
import { keccak256, keccak256Each } from "../encoding/keccak.js";
import { BUCKET_SIZE, bucketNumber, decodeBucket, ROWS_PER_BUCKET } from "./bucket.js";
import { climb, collectSiblings, collectSiblingsAbove, isPathTo, leadsToRoot } from "./climb.js";
import { type BucketPath, readPath } from "./lookup.js";
import { encodeRow, isRow, ROW_SIZE, type Row } from "./row.js";
import type { Cat, GetChunk } from "./tree.js";

/** That a CAT holds a row, as `isApproved` of the contract takes it. */
export interface RowProof {
  readonly row: Row;
  /** Where in its bucket the row stands: 0 to 63. */
  readonly slot: number;
  /** 32 bytes each: six within the bucket, then seven a level, lowest first. */
  readonly siblings: Uint8Array[];
}

const SLOT_BITS = Math.log2(ROWS_PER_BUCKET);

/**
 * Proves one row, a tombstone included.
 * @returns undefined where the CAT does not list the `nixId`
 * @throws CatnixError as `lookupRow`
 */
export async function proveRow(cat: Cat, nixId: Uint8Array, getChunk: GetChunk): Promise<RowProof | undefined> {
  return proveRowIn(cat, nixId, await readPath(cat, bucketNumber(nixId, cat.depth), getChunk));
}

/**
 * The same, from the chunks that were read.
 * @param path the one to the bucket of the `nixId`
 * @throws CatnixError CAT_BUCKET_INVALID, CAT_ROW_INVALID
 */
export function proveRowIn(cat: Cat, nixId: Uint8Array, { bucket, above }: BucketPath): RowProof | undefined {
  const number = bucketNumber(nixId, cat.depth);
  const rows = decodeBucket(bucket, { depth: cat.depth, number });
  const slot = rows.findIndex((row) => equalBytes(row.nixId, nixId));
  if (slot < 0) return undefined;
  return {
    row: rows[slot]!,
    slot,
    siblings: [...collectSiblings(keccak256Each(bucket, ROW_SIZE), slot), ...collectSiblingsAbove(above, number)],
  };
}

/**
 * Checks a proof as the contract does (docs/spec.md, Proof of a row). The bucket's number comes from the `nixId`
 * itself, never from the proof.
 * @returns false for anything malformed in the proof, too
 */
export function verifyRow(cat: Cat, { row, slot, siblings }: RowProof): boolean {
  if (!isRow(row)) return false;
  if (!Number.isInteger(slot) || slot < 0 || slot >= ROWS_PER_BUCKET) return false;
  if (!isPathTo(cat, siblings, SLOT_BITS)) return false;
  const rows = climb(keccak256(encodeRow(row)), siblings.slice(0, SLOT_BITS), slot);
  const address = keccak256(encodeSpan(BUCKET_SIZE), rows);
  return leadsToRoot(cat, bucketNumber(row.nixId, cat.depth), address, siblings.slice(SLOT_BITS));
}
