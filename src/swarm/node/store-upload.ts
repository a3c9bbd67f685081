import { splitFile } from "../../bmt/split-file.js";
import type { NodeContext } from "./node-context.js";

/** Stores what one upload brings, file by file, and counts its chunks. */
export class StoredUpload {
  readonly #context: Pick<NodeContext, "writer" | "statistics">;
  readonly #batch: string;
  #total = 0;
  #added = 0;

  /** @param batch what pays for it, 64 hexadecimal digits */
  constructor(context: Pick<NodeContext, "writer" | "statistics">, batch: string) {
    this.#context = context;
    this.#batch = batch;
  }

  /**
   * Splits a file as it comes, a MiB at a time, the root last. Once this settles all of it is on the disk.
   * @returns its address, 32 bytes
   * @throws CatnixError `SWARM_NODE_FULL`, `SWARM_BATCH_FULL`, `SWARM_NODE_STORAGE`; whatever `source` throws
   */
  async store(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const { address } = await splitFile(source, async (chunks) => {
      const some = await this.#context.writer.put(chunks, this.#batch);
      this.#total += chunks.length;
      this.#added += some;
      this.#context.statistics.countNew(some);
    });
    return address;
  }

  /** The answer to an upload that is done: what clients of this node read beside Bee's own. */
  get headers(): Record<string, string> {
    return { "catnix-chunks-new": String(this.#added), "catnix-chunks-total": String(this.#total) };
  }
}
