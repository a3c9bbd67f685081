import { BRANCHES, CHUNK_SIZE } from "./constants.js";

/**
 * Chunks that a plain file of so many bytes has, intermediate ones included: what a postage batch pays for where none of them
 * is there already.
 * @throws RangeError where `size` is no whole number of bytes
 */
export function countChunks(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`no size of a file: ${size}`);
  let nodes = Math.max(1, Math.ceil(size / CHUNK_SIZE));
  let total = nodes;
  while (nodes > 1) {
    // A lone last address is carried up as it is.
    const carried = nodes % BRANCHES === 1 ? 1 : 0;
    const wrapped = Math.ceil((nodes - carried) / BRANCHES);
    total += wrapped;
    nodes = wrapped + carried;
  }
  return total;
}
