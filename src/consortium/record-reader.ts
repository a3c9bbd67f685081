import { parseFileNode } from "../bmt/file-node.js";
import { type CatRecord, decodeRecord, MAX_RECORD_SIZE } from "../cat/record.js";
import type { Row } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { isCatnixError } from "../errors/catnix-error.js";
import type { ContentStore } from "../swarm/content-store.js";

/** Reads the records that rows lead to. */
export class RecordReader {
  constructor(
    readonly store: ContentStore,
    readonly storeDir: string,
  ) {}

  /**
   * @returns the record, and its canonical text
   * @throws CatnixError CAT_RECORD_INVALID, CAT_RECORD_OF_ANOTHER_PATH, SWARM_…
   */
  async read(row: Row, signal: AbortSignal): Promise<{ record: CatRecord; text: Uint8Array }> {
    const text = await this.#readBytes(row.swarmId, signal);
    return { record: decodeRecord(text, row.nixId, this.storeDir), text };
  }

  /** Nearly every record is one chunk, and a chunk costs a node half of what a file does. */
  async #readBytes(swarmId: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const address = toHex(swarmId);
    const node = parseFileNode(swarmId, await this.store.getChunk(address, { signal }));
    return "bytes" in node ? node.bytes : this.store.readAll(address, MAX_RECORD_SIZE, { signal });
  }

  /**
   * The record of a row that was approved before.
   * @returns undefined where the row leads to no record of its path: readers answer it with nothing (docs/spec.md, Record)
   * @throws CatnixError SWARM_…
   */
  async readApproved(row: Row, signal: AbortSignal): Promise<CatRecord | undefined> {
    try {
      return (await this.read(row, signal)).record;
    } catch (error) {
      if (isCatnixError(error, "CAT_RECORD_INVALID", "CAT_RECORD_OF_ANOTHER_PATH", "SWARM_TOO_LARGE")) return undefined;
      throw error;
    }
  }

  /** The same, and undefined where it is not found: a lost record must not keep a quorum from replacing or withdrawing it. */
  async readReplaced(row: Row, signal: AbortSignal): Promise<CatRecord | undefined> {
    try {
      return await this.readApproved(row, signal);
    } catch (error) {
      if (isCatnixError(error, "SWARM_NOT_FOUND")) return undefined;
      throw error;
    }
  }
}
