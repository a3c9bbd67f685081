import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";

/** Opens a SQLite file as the next start would, and hands it over once SQLite has found nothing wrong with it. */
export function useChecked<T>(file: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  try {
    expect(database.prepare("PRAGMA integrity_check").get(), file).to.deep.include({ integrity_check: "ok" });
    return use(database);
  } finally {
    database.close();
  }
}
