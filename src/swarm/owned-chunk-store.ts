import type { OwnedChunk } from "../owned/owned-chunk.js";
import type { StoreOptions } from "./content-store.js";

/**
 * Owned chunks on Swarm. Only what the owner signed comes out, but an owner can sign again, and a node or a gateway may give
 * what was replaced: readers put their trust into payloads that prove themselves, and expect to be shown an old one.
 *
 * Both methods also throw what every method of a `ContentStore` may.
 */
export interface OwnedChunkStore {
  /**
   * Stores an owned chunk, in place of the one that was there, and returns its address. Nodes of Swarm may keep the old one.
   * @throws CatnixError `SWARM_UPLOAD_MISMATCH`, `SWARM_UPLOAD_FAILED`, `SWARM_BATCH_MISSING`, `SWARM_BATCH_FULL`,
   * `SWARM_BATCH_UNUSABLE`, `SWARM_NODE_FULL`
   */
  putOwned(chunk: OwnedChunk, options?: StoreOptions): Promise<string>;

  /**
   * The owner's chunk of this identifier, verified. It is asked for as any chunk is, so that gateways pass it on.
   * @param owner 20 bytes
   * @param id 32 bytes
   * @throws CatnixError `SWARM_NOT_FOUND`; `OWNED_CHUNK_INVALID`, `SWARM_MISMATCH`
   */
  getOwned(owner: Uint8Array, id: Uint8Array, options?: StoreOptions): Promise<OwnedChunk>;
}
