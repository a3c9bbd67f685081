import { equalBytes } from "../encoding/bytes.js";
import { bucketNumber, decodeBucket } from "./bucket.js";
import { emptySubtree } from "./empty-subtree.js";
import { readPayload } from "./read-payload.js";
import type { Row } from "./row.js";
import { BRANCH_BITS, type Cat, countLevels, decodeChildren, type GetChunk } from "./tree.js";

/**
 * Reads the row of one `nixId`: one chunk a level, three or four for any size that the world has.
 * @returns the row, a tombstone included, or undefined where the CAT does not list the `nixId`
 * @throws CatnixError CAT_TREE_INVALID, CAT_BUCKET_INVALID, CAT_ROW_INVALID, and what `getChunk` throws
 */
export async function lookupRow(cat: Cat, nixId: Uint8Array, getChunk: GetChunk): Promise<Row | undefined> {
  const number = bucketNumber(nixId, cat.depth);
  const { bucket } = await readPath(cat, number, getChunk);
  return decodeBucket(bucket, { depth: cat.depth, number }).find((row) => equalBytes(row.nixId, nixId));
}

/** What the chunks from the root down to one bucket hold. */
export interface BucketPath {
  /** 4,096 bytes. */
  readonly bucket: Uint8Array;
  /** The children's addresses (64 hex digits) of each chunk above the bucket, lowest level first. */
  readonly above: readonly (readonly string[])[];
}

/** Reads the chunks from the root down to one bucket; throws like {@link lookupRow}. */
export async function readPath(cat: Cat, number: number, getChunk: GetChunk): Promise<BucketPath> {
  const above: string[][] = [];
  let address = cat.root;
  for (let level = countLevels(cat.depth); level > 0; level--) {
    const children = decodeChildren(await readPayload(cat.depth, level, address, getChunk));
    above.unshift(children);
    address = children[childIndex(number, level)]!;
  }
  return { bucket: await readPayload(cat.depth, 0, address, getChunk), above };
}

/** Which child of a chunk of `level` leads to the bucket. */
export function childIndex(number: number, level: number): number {
  return Math.floor(number / 2 ** (BRANCH_BITS * (level - 1))) % 2 ** BRANCH_BITS;
}

/**
 * All rows of a CAT, ascending by `nixId`. What it reads goes by the rows: where there are none it does not look.
 * @param isKnown whether to pass over all rows below the chunk of this address
 * @throws CatnixError as {@link lookupRow}
 */
export async function* readRows(
  cat: Cat,
  getChunk: GetChunk,
  isKnown: (address: string) => boolean = () => false,
): AsyncGenerator<Row> {
  yield* readRowsBelow(cat, countLevels(cat.depth), 0, cat.root, getChunk, isKnown);
}

async function* readRowsBelow(
  cat: Cat,
  level: number,
  index: number,
  address: string,
  getChunk: GetChunk,
  isKnown: (address: string) => boolean,
): AsyncGenerator<Row> {
  if (address === emptySubtree(cat.depth, level).address || isKnown(address)) return;
  const payload = await readPayload(cat.depth, level, address, getChunk);
  if (level === 0) {
    yield* decodeBucket(payload, { depth: cat.depth, number: index });
    return;
  }
  const children = decodeChildren(payload);
  const first = index * 2 ** BRANCH_BITS;
  if (level > 1) {
    for (const [i, child] of children.entries())
      yield* readRowsBelow(cat, level - 1, first + i, child, getChunk, isKnown);
    return;
  }
  // The at most 128 buckets below one chunk are read together: a network's latency is paid once for all of them.
  const read = async (child: string) => (isKnown(child) ? undefined : readPayload(cat.depth, 0, child, getChunk));
  const buckets = await Promise.all(children.map(read));
  for (const [i, bucket] of buckets.entries())
    if (bucket) yield* decodeBucket(bucket, { depth: cat.depth, number: first + i });
}
