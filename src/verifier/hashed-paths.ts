import { createHash } from "node:crypto";
import { type CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { Database, type DatabaseFormat } from "../sqlite/database.js";

const FORMAT: DatabaseFormat = {
  version: 1,
  disposable: true,
  schema: `
    CREATE TABLE hashed (
      store TEXT NOT NULL,
      key BLOB NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (store, key)
    ) STRICT, WITHOUT ROWID`,
};

/** Seconds after which a look at files says too little about them: a week. */
const MAX_AGE = 7 * 24 * 3600;

/** What an audit that was interrupted had hashed already. */
export interface HashedBefore {
  readonly paths: number;
  /** Seconds since 1970 of the first one. */
  readonly since: number;
}

/**
 * The paths of a store whose files were hashed and found right by an audit that has not come to its end, so that the next one goes on.
 * It is for that alone: a disk that loses bits changes no time of any file, and only an audit that hashes again finds that. It is as
 * trusted as the user's own disk, and may be deleted at any time.
 */
export class HashedPaths {
  readonly #database: Database;
  #isFull = false;

  /**
   * Forgets what is too old to go on from.
   * @param file made where there is none; several stores share it
   * @param store the store folder on disk
   * @param now seconds since 1970
   * @param onFull told once where nothing more can be noted, which is no reason to end an audit
   * @throws CatnixError DATABASE_FAILED, DISK_FULL
   */
  constructor(
    file: string,
    readonly store: string,
    now: number,
    readonly onFull: (error: CatnixError) => void,
  ) {
    // A note that a power cut takes costs a look, and each one would cost a wait for the disk.
    this.#database = new Database(file, FORMAT, { synchronous: "NORMAL" });
    this.#database.run("DELETE FROM hashed WHERE time < ? OR time > ?", now - MAX_AGE, now);
  }

  /** Undefined where the last audit came to its end. */
  before(): HashedBefore | undefined {
    const sql = "SELECT count(*) AS paths, min(time) AS since FROM hashed WHERE store = ?";
    const { paths, since } = this.#database.get(sql, this.store) as { paths: number; since: number | null };
    return since === null ? undefined : { paths, since };
  }

  /** @param trace 32 bytes: {@link import("../files/trace-tree.js").traceTree} of the files */
  has(info: PathInfo, trace: Uint8Array): boolean {
    const key = keyOf(info, trace);
    return this.#database.get("SELECT 1 FROM hashed WHERE store = ? AND key = ?", this.store, key) !== undefined;
  }

  /**
   * @param trace taken before the files were hashed
   * @param now seconds since 1970
   */
  add(info: PathInfo, trace: Uint8Array, now: number): void {
    if (this.#isFull) return;
    try {
      this.#database.run("INSERT OR REPLACE INTO hashed VALUES (?, ?, ?)", this.store, keyOf(info, trace), now);
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      this.#isFull = true;
      this.onFull(error);
    }
  }

  /** The audit came to its end, or is to begin anew. */
  forget(): void {
    this.#database.run("DELETE FROM hashed WHERE store = ?", this.store);
  }

  close(): void {
    this.#database.close();
  }
}

function keyOf({ storePath, narHash, narSize }: PathInfo, trace: Uint8Array): Uint8Array {
  return createHash("sha256").update(narHash).update(trace).update(`${narSize} ${storePath}`).digest();
}
