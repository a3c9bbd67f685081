import { Database, type DatabaseFormat } from "../../sqlite/database.js";

const FORMAT: DatabaseFormat = {
  version: 1,
  disposable: true,
  schema: `
    CREATE TABLE kept (
      address TEXT NOT NULL,
      batch TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (address, batch)
    ) STRICT, WITHOUT ROWID`,
};

/**
 * Which files were found on Swarm or sent there again, and when: a run that was ended goes on where it was. It may be deleted at any time; the
 * next run then looks at everything again.
 */
export class KeepLog implements Disposable {
  readonly #database: Database;

  /**
   * @param file made where there is none
   * @throws CatnixError DATABASE_FAILED
   */
  constructor(file: string) {
    // A note that a power cut takes costs another look.
    this.#database = new Database(file, FORMAT, { synchronous: "NORMAL" });
  }

  /**
   * Whether a file was seen to since.
   * @param batch what it was sent with again; empty: it was enough that it was there
   * @param since seconds since 1970
   */
  has(address: string, batch: string, since: number): boolean {
    return (
      this.#database.get("SELECT 1 FROM kept WHERE address = ? AND batch = ? AND at >= ?", address, batch, since) !==
      undefined
    );
  }

  /** @param at seconds since 1970 */
  note(address: string, batch: string, at: number): void {
    this.#database.run("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", address, batch, at);
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
