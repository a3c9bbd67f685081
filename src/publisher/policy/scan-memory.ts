import { createHash } from "node:crypto";
import { parseStorePath } from "../../nix/store-path.js";
import type { PathInfo } from "../../nixdb/path-info.js";
import { Database, type DatabaseFormat } from "../../sqlite/database.js";
import type { PublishPolicy } from "./policy.js";

const FORMAT: DatabaseFormat = {
  version: 1,
  schema: "CREATE TABLE clean (key BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID",
};

/**
 * The NARs in which nothing was found, so that a second look is taken only where the rules have changed. What was found is
 * not kept: it is looked for again each time. It may be deleted at any time.
 */
export class ScanMemory implements Disposable {
  readonly #database: Database;

  /**
   * @param file made where there is none
   * @throws CatnixError DATABASE_FAILED
   */
  constructor(
    file: string,
    readonly storeDir: string,
  ) {
    this.#database = new Database(file, FORMAT);
  }

  /**
   * Whether a look into this NAR found nothing. Files that were altered since have another NarHash: the upload finds that.
   * @throws CatnixError DATABASE_FAILED
   */
  isClean(narHash: Uint8Array, storePath: string, policy: PublishPolicy): boolean {
    const key = this.#keyOf(narHash, storePath, policy);
    return this.#database.get("SELECT 1 FROM clean WHERE key = ?", key) !== undefined;
  }

  /**
   * Notes in which nothing was found, all of them at once: each transaction is a wait for the disk.
   * @throws CatnixError DATABASE_FAILED
   */
  keepClean(paths: readonly Pick<PathInfo, "narHash" | "storePath">[], policy: PublishPolicy): void {
    if (paths.length === 0) return;
    this.#database.transaction(() => {
      for (const { narHash, storePath } of paths)
        this.#database.run("INSERT OR IGNORE INTO clean VALUES (?)", this.#keyOf(narHash, storePath, policy));
    });
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The files, the name that patterns are held against, and the rules: 32 bytes. */
  #keyOf(narHash: Uint8Array, storePath: string, { fileRules }: PublishPolicy): Uint8Array {
    const { name } = parseStorePath(storePath, this.storeDir);
    return createHash("sha256")
      .update(narHash)
      .update(JSON.stringify([name, fileRules.id]))
      .digest();
  }
}
