import { chunkAddress } from "../bmt/chunk.js";
import { equalBytes } from "../encoding/bytes.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { BUCKET_SIZE, bucketNumber, decodeBucket } from "./bucket.js";
import { collectSiblingsAbove, isPathTo, leadsToRoot } from "./climb.js";
import { readPath } from "./lookup.js";
import { proveRowIn, type RowProof } from "./proof.js";
import { NIX_ID_SIZE } from "./row.js";
import type { Cat, GetChunk } from "./tree.js";

/** That a CAT does not list a `nixId`: the bucket that it would be in, whole, is that of the CAT. */
export interface AbsenceProof {
  /** 4,096 bytes. */
  readonly bucket: Uint8Array;
  /** 32 bytes each: seven a level, lowest first. */
  readonly siblings: Uint8Array[];
}

/**
 * Proves what the CAT says of a `nixId`, one way or the other, from one chunk a level.
 * @throws CatnixError as `lookupRow`
 */
export async function proveMapping(cat: Cat, nixId: Uint8Array, getChunk: GetChunk): Promise<RowProof | AbsenceProof> {
  const number = bucketNumber(nixId, cat.depth);
  const path = await readPath(cat, number, getChunk);
  const { bucket, above } = path;
  return proveRowIn(cat, nixId, path) ?? { bucket, siblings: collectSiblingsAbove(above, number) };
}

/**
 * Checks that the CAT does not list `nixId` (docs/spec.md, Proof of a row). The bucket's number comes from the `nixId`.
 * @returns false for anything malformed in the proof, too
 */
export function verifyAbsence(cat: Cat, nixId: Uint8Array, { bucket, siblings }: AbsenceProof): boolean {
  if (nixId.length !== NIX_ID_SIZE || bucket.length !== BUCKET_SIZE || !isPathTo(cat, siblings)) return false;
  const number = bucketNumber(nixId, cat.depth);
  if (!leadsToRoot(cat, number, chunkAddress(BUCKET_SIZE, bucket), siblings)) return false;
  try {
    return !decodeBucket(bucket, { depth: cat.depth, number }).some((row) => equalBytes(row.nixId, nixId));
  } catch (error) {
    if (isCatnixError(error)) return false;
    throw error;
  }
}
