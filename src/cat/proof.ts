import { encodeSpan } from "../bmt/span.js";
import { equalBytes } from "../encoding/bytes.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { keccak256 } from "../encoding/keccak.js";
import { BUCKET_SIZE, bucketNumber, decodeBucket, ROWS_PER_BUCKET } from "./bucket.js";
import { childIndex, readPath } from "./lookup.js";
import { encodeRow, isRow, ROW_SIZE, type Row, SWARM_ID_SIZE } from "./row.js";
import { BRANCH_BITS, type Cat, countLevels, type GetChunk, spanOf } from "./tree.js";

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
  const number = bucketNumber(nixId, cat.depth);
  const { bucket, above } = await readPath(cat, number, getChunk);
  const rows = decodeBucket(bucket, { depth: cat.depth, number });
  const slot = rows.findIndex((row) => equalBytes(row.nixId, nixId));
  if (slot < 0) return undefined;
  const slots = Array.from({ length: ROWS_PER_BUCKET }, (_, i) =>
    keccak256(bucket.subarray(i * ROW_SIZE, (i + 1) * ROW_SIZE)),
  );
  const siblings = collectSiblings(slots, slot);
  above.forEach((children, i) => {
    const leaves = Array.from({ length: 2 ** BRANCH_BITS }, (_, child) =>
      child < children.length ? fromHex(children[child]!, SWARM_ID_SIZE) : new Uint8Array(SWARM_ID_SIZE),
    );
    siblings.push(...collectSiblings(leaves, childIndex(number, i + 1)));
  });
  return { row: rows[slot]!, slot, siblings };
}

/** The siblings on the way from one leaf of a binary tree to its root, lowest first. */
function collectSiblings(leaves: Uint8Array[], index: number): Uint8Array[] {
  const siblings: Uint8Array[] = [];
  for (let nodes = leaves, at = index; nodes.length > 1; at >>= 1) {
    siblings.push(nodes[at ^ 1]!);
    nodes = Array.from({ length: nodes.length / 2 }, (_, i) => keccak256(nodes[2 * i]!, nodes[2 * i + 1]!));
  }
  return siblings;
}

/**
 * Checks a proof as the contract does (docs/spec.md, Proof of a row). The bucket's number comes from the `nixId`
 * itself, never from the proof.
 * @returns false for anything malformed in the proof, too
 */
export function verifyRow(cat: Cat, { row, slot, siblings }: RowProof): boolean {
  const levels = countLevels(cat.depth);
  if (!isRow(row)) return false;
  if (!Number.isInteger(slot) || slot < 0 || slot >= ROWS_PER_BUCKET) return false;
  if (siblings.length !== SLOT_BITS + BRANCH_BITS * levels) return false;
  if (siblings.some((sibling) => sibling.length !== SWARM_ID_SIZE)) return false;
  const climb = (from: Uint8Array, path: Uint8Array[], bits: number) =>
    path.reduce((node, sibling, i) => ((bits >> i) & 1 ? keccak256(sibling, node) : keccak256(node, sibling)), from);

  let node = climb(keccak256(encodeRow(row)), siblings.slice(0, SLOT_BITS), slot);
  node = keccak256(encodeSpan(BUCKET_SIZE), node);
  const number = bucketNumber(row.nixId, cat.depth);
  for (let level = 1; level <= levels; level++) {
    const from = SLOT_BITS + BRANCH_BITS * (level - 1);
    node = climb(node, siblings.slice(from, from + BRANCH_BITS), childIndex(number, level));
    node = keccak256(encodeSpan(spanOf(cat.depth, level)), node);
  }
  return toHex(node) === cat.root;
}
