import { SPAN_SIZE } from "../bmt/constants.js";
import { decodeSpan } from "../bmt/span.js";
import { CatnixError } from "../errors/catnix-error.js";
import { emptySubtree } from "./empty-subtree.js";
import { type GetChunk, payloadSize, spanOf } from "./tree.js";

/**
 * Reads the payload of a chunk of `level`, and checks that it is one of a CAT of this depth. Chunks without rows below them
 * are known and never asked for: the first CAT of a registry is readable although nobody has put it on Swarm.
 * @throws CatnixError CAT_TREE_INVALID, and what `getChunk` throws
 */
export async function readPayload(
  depth: number,
  level: number,
  address: string,
  getChunk: GetChunk,
): Promise<Uint8Array> {
  const empty = emptySubtree(depth, level);
  const data = address === empty.address ? empty.data : await getChunk(address);
  const invalid = (reason: string) => new CatnixError("CAT_TREE_INVALID", { address, reason });
  const size = data.length - SPAN_SIZE;
  if (size !== payloadSize(depth, level)) throw invalid(`${size} bytes at level ${level}`);
  const span = decodeSpan(data);
  if (span !== BigInt(spanOf(depth, level))) throw invalid(`span ${span} at level ${level}`);
  return data.subarray(SPAN_SIZE);
}
