import { decodeSpan } from "../bmt/span.js";
import { isCatnixError } from "../errors/catnix-error.js";
import type { ContentStore, StoreOptions } from "../swarm/content-store.js";

/**
 * Reads a small file whole. How long a file is, a node only claims; that an approved one is too long is concluded from its
 * root chunk, whose hash was checked.
 * @returns undefined where the file really is longer than `maxBytes`
 * @throws CatnixError as {@link ContentStore.readAll}
 */
export async function readBounded(
  store: ContentStore,
  address: string,
  maxBytes: number,
  options: StoreOptions,
): Promise<Uint8Array | undefined> {
  try {
    return await store.readAll(address, maxBytes, options);
  } catch (error) {
    if (!isCatnixError(error, "SWARM_TOO_LARGE")) throw error;
    if (decodeSpan(await store.getChunk(address, options)) > BigInt(maxBytes)) return undefined;
    throw error;
  }
}
