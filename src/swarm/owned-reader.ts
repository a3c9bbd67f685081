import { type CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { BeeStore } from "./bee-store.js";
import type { StoreOptions } from "./content-store.js";
import { mostTelling } from "./failover/most-telling.js";
import type { OwnedChunkStore } from "./owned-chunk-store.js";

/** Reads owned chunks. */
export type OwnedReader = Pick<OwnedChunkStore, "getOwned">;

/**
 * Reads owned chunks through several nodes: the next one is asked where one does not have the chunk, or cannot give it. What the
 * first one gives counts, though another may have a newer one: no node can prove that there is none.
 * @param urls at least one, in the order of preference
 */
export function createOwnedReader(urls: readonly string[]): OwnedReader {
  const nodes = urls.map((url) => new BeeStore({ url, retries: 0 }));
  return {
    async getOwned(owner, id, options: StoreOptions = {}) {
      const errors: CatnixError[] = [];
      for (const node of nodes) {
        options.signal?.throwIfAborted();
        try {
          return await node.getOwned(owner, id, options);
        } catch (error) {
          if (!isCatnixError(error)) throw error;
          errors.push(error);
        }
      }
      throw mostTelling(errors);
    },
  };
}
