import { createHash } from "node:crypto";
import { parseStorePath } from "../../nix/store-path.js";
import { Database, type DatabaseFormat } from "../../sqlite/database.js";
import type { PublishPolicy } from "./policy.js";

const FORMAT: DatabaseFormat = {
  version: 1,
  schema: "CREATE TABLE clean (key BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID",
};

/** What was looked into, or is to be. */
export interface ScannedFiles {
  readonly storePath: string;
  /** 32 bytes: what Nix's database says that the files are. */
  readonly narHash: Uint8Array;
  /** 32 bytes: {@link import("../../files/trace-tree.js").traceTree} of them, taken before the look. */
  readonly trace: Uint8Array;
}

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
   * Whether a look into these files found nothing. Ones that were altered since have another trace; that they have another
   * NarHash as well, the upload would find only when most of them were sent.
   * @throws CatnixError DATABASE_FAILED
   */
  isClean(files: ScannedFiles, policy: PublishPolicy): boolean {
    const key = this.#keyOf(files, policy);
    return this.#database.get("SELECT 1 FROM clean WHERE key = ?", key) !== undefined;
  }

  /**
   * Notes in which nothing was found, all of them at once: each transaction is a wait for the disk.
   * @throws CatnixError DATABASE_FAILED
   */
  keepClean(scanned: readonly ScannedFiles[], policy: PublishPolicy): void {
    if (scanned.length === 0) return;
    this.#database.transaction(() => {
      for (const files of scanned)
        this.#database.run("INSERT OR IGNORE INTO clean VALUES (?)", this.#keyOf(files, policy));
    });
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The files, the name that patterns are held against, and the rules: 32 bytes. */
  #keyOf({ storePath, narHash, trace }: ScannedFiles, { fileRules }: PublishPolicy): Uint8Array {
    const { name } = parseStorePath(storePath, this.storeDir);
    return createHash("sha256")
      .update(narHash)
      .update(trace)
      .update(JSON.stringify([name, fileRules.id]))
      .digest();
  }
}
