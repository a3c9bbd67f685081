import { LRUCache } from "lru-cache";
import type { GetChunk } from "../cat/tree.js";

/** Chunks of the CAT that are kept: 4 MiB of them. The levels above the buckets serve for all paths. */
const KEPT_CHUNKS = 1024;

/** The same chunks, those asked for last without asking again. */
export function keepChunks(getChunk: GetChunk): GetChunk {
  const kept = new LRUCache<string, Promise<Uint8Array>>({ max: KEPT_CHUNKS });
  return (address) => {
    const chunk = kept.get(address) ?? getChunk(address);
    kept.set(address, chunk);
    return chunk;
  };
}
