import { z } from "zod";
import { CatnixError } from "../../errors/catnix-error.js";
import { Database, type DatabaseFormat } from "../../sqlite/database.js";

const JOURNAL_FORMAT: DatabaseFormat = {
  version: 1,
  schema: `
    CREATE TABLE genesis (time INTEGER NOT NULL) STRICT;
    INSERT INTO genesis VALUES (unixepoch());
    CREATE TABLE entries (
      n INTEGER PRIMARY KEY,
      method TEXT NOT NULL,
      params TEXT NOT NULL,
      time INTEGER,
      parent TEXT NOT NULL
    ) STRICT`,
};

/** A call that changes the chain. */
export interface JournalEntry {
  readonly method: string;
  readonly params: readonly unknown[];
  /** Of the (first) block that it mines, in seconds since 1970; null where it mines none. */
  readonly time: number | null;
  /** Hash of the block that was the latest before it. */
  readonly parent: string;
}

const paramsSchema = z.array(z.unknown());

/** All that made a chain what it is, in order: played again on the same genesis, it makes the same blocks. */
export class ChainJournal {
  readonly #database: Database;

  /**
   * @param file made where there is none
   * @throws CatnixError DATABASE_FAILED, DISK_FULL
   */
  constructor(file: string) {
    this.#database = new Database(file, JOURNAL_FORMAT);
  }

  /**
   * The first block's time, in seconds since 1970.
   * @throws CatnixError DATABASE_FAILED
   */
  genesisTime(): number {
    const row = this.#database.get("SELECT time FROM genesis");
    if (!row) throw new CatnixError("DATABASE_FAILED", { file: this.#database.file, reason: "it has no first block" });
    return Number(row["time"]);
  }

  /**
   * Writes an entry; it would survive a power cut from then on.
   * @throws CatnixError DATABASE_FAILED, DISK_FULL
   */
  append({ method, params, time, parent }: JournalEntry): void {
    const sql = "INSERT INTO entries (method, params, time, parent) VALUES (?, ?, ?, ?)";
    this.#database.run(sql, method, JSON.stringify(params), time, parent);
  }

  /**
   * The entries, in order.
   * @throws CatnixError DATABASE_FAILED
   */
  *entries(): Generator<JournalEntry, void> {
    for (let n = 0; ;) {
      const row = this.#database.get("SELECT * FROM entries WHERE n > ? ORDER BY n LIMIT 1", n);
      if (!row) return;
      n = Number(row["n"]);
      const { method, time, parent } = row as { method: string; time: number | null; parent: string };
      yield { method, params: parseParams(row["params"] as string, this.#database.file), time, parent };
    }
  }

  close(): void {
    this.#database.close();
  }
}

function parseParams(text: string, file: string): readonly unknown[] {
  try {
    return paramsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CatnixError("DATABASE_FAILED", { file, reason: (cause as Error).message }, { cause });
  }
}
