import { bucketNumber, encodeBucket } from "./bucket.js";
import { emptySubtree } from "./empty-subtree.js";
import { childIndex } from "./lookup.js";
import type { Row } from "./row.js";
import { type Cat, type CatChunk, countChildren, countLevels, encodeChildren, makeCatChunk } from "./tree.js";

/**
 * Builds a CAT from all its rows, in time and memory that go by the rows and not by the 2^depth buckets.
 * @param rows strictly ascending by `nixId`, at most 64 a bucket at this depth
 * @returns the CAT and its chunks, each once, children before parents
 * @throws RangeError where the rows are not ascending or do not fit
 */
export function buildCat(rows: readonly Row[], depth: number): { cat: Cat; chunks: CatChunk[] } {
  const chunks = new Map<string, CatChunk>();
  const add = (chunk: CatChunk): string => {
    chunks.set(chunk.address, chunk);
    return chunk.address;
  };
  const addEmpty = (level: number): string => {
    const chunk = emptySubtree(depth, level);
    if (level > 0 && !chunks.has(chunk.address)) addEmpty(level - 1);
    return add(chunk);
  };
  /** The chunk above `rows[from..to)`, which are all the rows below it. */
  const build = (level: number, from: number, to: number): string => {
    if (from === to) return addEmpty(level);
    if (level === 0) return add(makeCatChunk(depth, level, encodeBucket(rows.slice(from, to))));
    let end = from;
    const children = Array.from({ length: countChildren(depth, level) }, (_, child) => {
      const start = end;
      while (end < to && childIndex(bucketNumber(rows[end]!.nixId, depth), level) === child) end++;
      return build(level - 1, start, end);
    });
    if (end < to) throw new RangeError("rows are not strictly ascending");
    return add(makeCatChunk(depth, level, encodeChildren(children)));
  };
  const root = build(countLevels(depth), 0, rows.length);
  return { cat: { root, depth }, chunks: [...chunks.values()] };
}
