import type { Chunk } from "../../bmt/chunk.js";
import { GroupCommit } from "../../sqlite/group-commit.js";
import type { ChunkDatabase } from "./chunk-database.js";

/** Stores what uploads bring; those that are under way at the same time share a transaction. */
export class ChunkWriter {
  readonly #database: ChunkDatabase;
  readonly #group: GroupCommit;

  constructor(database: ChunkDatabase) {
    this.#database = database;
    this.#group = new GroupCommit(
      (work) => database.transaction(work),
      () => database.sync(),
    );
  }

  /**
   * Stores chunks, all or none; settles once they would survive a power cut.
   * @param batch what pays for them, 64 hexadecimal digits
   * @returns how many were not there before, or only damaged or otherwise
   * @throws CatnixError `SWARM_NODE_FULL`, `SWARM_BATCH_FULL`, `SWARM_NODE_STORAGE`
   */
  put(chunks: readonly Chunk[], batch?: string): Promise<number> {
    return this.#group.run(() => this.#database.insert(chunks, batch));
  }
}
