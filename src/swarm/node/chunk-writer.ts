import type { Chunk } from "../../bmt/chunk.js";
import type { ChunkDatabase } from "./chunk-database.js";

interface Waiting {
  readonly chunks: readonly Chunk[];
  readonly resolve: (added: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Stores what uploads bring. Those that are under way at the same time share a transaction: what it costs is the wait for
 * the disk, and a publisher of many small records waits for nothing else.
 */
export class ChunkWriter {
  readonly #database: ChunkDatabase;
  #waiting: Waiting[] = [];

  constructor(database: ChunkDatabase) {
    this.#database = database;
  }

  /**
   * Stores chunks, all or none; settles once they would survive a power cut.
   * @returns how many were not there before, or only damaged
   * @throws CatnixError `SWARM_NODE_FULL`, `SWARM_NODE_STORAGE`
   */
  put(chunks: readonly Chunk[]): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ chunks, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const added = this.#database.putLists(waiting.map(({ chunks }) => chunks));
      for (const [at, { resolve }] of waiting.entries()) resolve(added[at]!);
    } catch (error) {
      if (waiting.length === 1) waiting[0]!.reject(error);
      else for (const one of waiting) this.#commitAlone(one); // one that does not fit is no reason against the others
    }
  }

  #commitAlone({ chunks, resolve, reject }: Waiting): void {
    try {
      resolve(this.#database.put(chunks));
    } catch (error) {
      reject(error);
    }
  }
}
