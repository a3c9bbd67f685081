import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CatnixError } from "../../errors/catnix-error.js";

const SQLITE_BUSY = 5;

/**
 * Keeps a folder for this process until it is closed, or the process ends in whatever way: Node has no file locks of its
 * own, but SQLite's exclusive transaction is one.
 * @throws CatnixError DEV_FOLDER_IN_USE, DATABASE_FAILED
 */
export function lockFolder(dir: string): { close(): void } {
  const file = join(dir, "lock.sqlite");
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dir, { recursive: true });
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (cause) {
    database?.close();
    const { errcode, message } = cause as Error & { errcode?: number };
    if (errcode === SQLITE_BUSY) throw new CatnixError("DEV_FOLDER_IN_USE", { dir }, { cause });
    throw new CatnixError("DATABASE_FAILED", { file, reason: message }, { cause });
  }
}
