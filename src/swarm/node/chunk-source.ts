import { verifyChunk, type Chunk } from "../../bmt/chunk.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import type { Logger } from "../../log/logger.js";
import type { ChunkDatabase } from "./chunk-database.js";
import type { Peers } from "./peers.js";

/** Chunks from peers are stored when this many came, or this long after the first: one write to the disk for all. */
const BATCH = { chunks: 64, milliseconds: 50 };

/** Where the node reads chunks: its database, else its peers. Every chunk is verified here, each time. */
export class ChunkSource {
  readonly #database: ChunkDatabase;
  readonly #peers: Peers;
  readonly #log: Logger;
  readonly #unsaved = new Map<string, Chunk>();
  #timer: NodeJS.Timeout | undefined;

  constructor(database: ChunkDatabase, peers: Peers, log: Logger) {
    this.#database = database;
    this.#peers = peers;
    this.#log = log;
  }

  /**
   * The data (span ‖ payload) of the chunk at `address` (32 bytes) from this node's disk.
   * @returns undefined where it is missing, or damaged, which is the same
   */
  getLocal(address: Uint8Array): Uint8Array | undefined {
    const data = this.#database.get(address);
    if (data === undefined) return this.#unsaved.get(toHex(address))?.data;
    try {
      return verifyChunk(address, data);
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      this.#log.warn({ address: toHex(address), reason: error.message }, "a chunk is damaged on the disk");
      return undefined;
    }
  }

  /**
   * The same from here or from a peer.
   * @throws CatnixError `SWARM_NOT_FOUND`
   */
  async get(address: Uint8Array): Promise<Uint8Array> {
    const local = this.getLocal(address);
    if (local !== undefined) return local;
    const key = toHex(address);
    const data = await this.#peers.getChunk(key);
    this.#save(key, { address, data });
    return data;
  }

  /** Writes what is waiting. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unsaved.size === 0) return;
    const chunks = [...this.#unsaved.values()];
    this.#unsaved.clear();
    try {
      this.#database.put(chunks);
    } catch (error) {
      // The peer still has them, and the reader has got them: this node only could not keep a copy.
      if (!(error instanceof CatnixError)) throw error;
      this.#log.warn({ code: error.code, reason: error.message, chunks: chunks.length }, "chunks of a peer not stored");
    }
  }

  #save(key: string, chunk: Chunk): void {
    this.#unsaved.set(key, chunk);
    if (this.#unsaved.size >= BATCH.chunks) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), BATCH.milliseconds);
  }
}
