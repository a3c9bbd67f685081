import type { ChunkDatabase } from "./chunk-database.js";

export interface NodeStats {
  /** Chunks stored. */
  readonly chunks: number;
  /** Bytes of their data, spans included. */
  readonly bytes: number;
  /** Chunks that uploads brought since the node started, without those that were there before. */
  readonly newChunks: number;
}

/** The node's figures. */
export class Statistics {
  readonly #database: ChunkDatabase;
  #newChunks = 0;

  constructor(database: ChunkDatabase) {
    this.#database = database;
  }

  countNew(chunks: number): void {
    this.#newChunks += chunks;
  }

  read(): NodeStats {
    return { ...this.#database.totals(), newChunks: this.#newChunks };
  }
}
