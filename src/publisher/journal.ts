import { fileAddress } from "../bmt/file-hasher.js";
import { type CatRecord, parseRecord } from "../cat/record.js";
import { toHex } from "../encoding/hex.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { Database, type DatabaseFormat } from "../sqlite/database.js";
import { GroupCommit } from "../sqlite/group-commit.js";

const JOURNAL_FORMAT: DatabaseFormat = {
  version: 1,
  schema: `
    CREATE TABLE uploads (
      nix_id BLOB NOT NULL,
      nar_hash BLOB NOT NULL,
      format TEXT NOT NULL,
      record TEXT NOT NULL,
      swarm_id TEXT NOT NULL,
      PRIMARY KEY (nix_id, nar_hash, format)
    ) STRICT`,
};

/** Which upload: one build of one store path, in one encoding. */
export interface UploadKey {
  /** 20 bytes. */
  readonly nixId: Uint8Array;
  /** 32 bytes. */
  readonly narHash: Uint8Array;
  /** What the NAR file's bytes depend on besides the NAR, such as `stable-zstd/1-9`. */
  readonly format: string;
}

/** A path whose NAR and record were uploaded to the end. */
export interface Upload {
  readonly record: CatRecord;
  /** The record's canonical text. */
  readonly text: string;
  /** 64 hex digits: the Swarm address of the record. */
  readonly swarmId: string;
}

/**
 * What the publisher has uploaded, so that a run goes on where the one before it stopped. It says nothing of what Swarm still
 * has, and on which endpoint: addresses are of content, so whoever reads the journal asks the store. It may be deleted at
 * any time; the next run then sends everything again.
 */
export class Journal implements Disposable {
  readonly #database: Database;
  readonly #group: GroupCommit;

  /**
   * @param file made where there is none
   * @throws CatnixError DATABASE_FAILED
   */
  constructor(file: string) {
    // A note that a power cut takes costs an upload, and each one would cost a wait for the disk.
    this.#database = new Database(file, JOURNAL_FORMAT, { synchronous: "NORMAL" });
    this.#group = new GroupCommit((work) => this.#database.transaction(work));
  }

  /**
   * The upload of that key. An entry that is no record any more, or not the one it was, counts as none.
   * @param storeDir the one store folder of the registry
   * @throws CatnixError DATABASE_FAILED
   */
  find({ nixId, narHash, format }: UploadKey, storeDir: string): Upload | undefined {
    const sql = "SELECT record, swarm_id FROM uploads WHERE nix_id = ? AND nar_hash = ? AND format = ?";
    const row = this.#database.get(sql, nixId, narHash, format);
    if (row === undefined) return undefined;
    const [text, swarmId] = [row["record"] as string, row["swarm_id"] as string];
    if (toHex(fileAddress(Buffer.from(text))) !== swarmId) return undefined;
    try {
      return { record: parseRecord(text, storeDir), text, swarmId };
    } catch (error) {
      if (isCatnixError(error, "CAT_RECORD_INVALID")) return undefined;
      throw error;
    }
  }

  /**
   * The text that was uploaded under an address, as the file has it.
   * @param swarmId 64 hex digits
   * @throws CatnixError DATABASE_FAILED
   */
  findText(swarmId: string): string | undefined {
    const found = this.#database.get("SELECT record FROM uploads WHERE swarm_id = ? LIMIT 1", swarmId);
    return found && String(found["record"]);
  }

  /**
   * Notes an upload; only once the store has acknowledged all of it.
   * @param text the record's canonical text
   * @throws CatnixError DATABASE_FAILED
   */
  async keep({ nixId, narHash, format }: UploadKey, text: string, swarmId: string): Promise<void> {
    const sql = "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?)";
    await this.#group.run(() => this.#database.run(sql, nixId, narHash, format, text, swarmId));
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
