import { BUCKET_SIZE } from "./bucket.js";
import { BRANCH_BITS, type CatChunk, countChildren, encodeChildren, makeCatChunk } from "./tree.js";

// By the base-2 logarithm of the buckets below it, which decides everything about such a chunk: 33 of them at most.
const known = new Map<number, CatChunk>();

/**
 * The chunk of `level` in a CAT of `depth` below which there is no row. All of one level are the same chunk, so that what
 * a CAT costs to read or to build goes by its rows, never by its 2^depth buckets; nobody has to fetch or store one.
 */
export function emptySubtree(depth: number, level: number): CatChunk {
  const bits = Math.min(BRANCH_BITS * level, depth);
  let chunk = known.get(bits);
  if (chunk === undefined) {
    chunk = makeCatChunk(depth, level, emptyPayload(depth, level));
    known.set(bits, chunk);
  }
  return chunk;
}

function emptyPayload(depth: number, level: number): Uint8Array {
  if (level === 0) return new Uint8Array(BUCKET_SIZE);
  const { address } = emptySubtree(depth, level - 1);
  return encodeChildren(new Array<string>(countChildren(depth, level)).fill(address));
}
