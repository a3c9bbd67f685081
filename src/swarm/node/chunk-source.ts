import type { Chunk } from "../../bmt/chunk.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import type { Logger } from "../../log/logger.js";
import { type AnyChunk, verifyAnyChunk } from "../../owned/verify-any-chunk.js";
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
   * The chunk at `address` (32 bytes) from this node's disk, of either kind.
   * @returns undefined where it is missing, or damaged, which is the same
   */
  getLocal(address: Uint8Array): AnyChunk | undefined {
    const data = this.#database.get(address);
    if (data === undefined) {
      const unsaved = this.#unsaved.get(toHex(address));
      return unsaved && { kind: "content", data: unsaved.data };
    }
    try {
      return verifyAnyChunk(address, data);
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
  async find(address: Uint8Array): Promise<AnyChunk> {
    const local = this.getLocal(address);
    if (local !== undefined) return local;
    const key = toHex(address);
    const chunk = await this.#peers.getChunk(key);
    // The owner may replace an owned one: whoever asks again shall hear of it.
    if (chunk.kind === "content") this.#save(key, { address, data: chunk.data });
    return chunk;
  }

  /**
   * The data (span ‖ payload) of a content-addressed chunk, from here or from a peer.
   * @throws CatnixError `SWARM_NOT_FOUND`
   */
  async get(address: Uint8Array): Promise<Uint8Array> {
    const { kind, data } = await this.find(address);
    if (kind === "content") return data;
    throw new CatnixError("SWARM_NOT_FOUND", { address: toHex(address), reason: "an owned chunk is there" });
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
