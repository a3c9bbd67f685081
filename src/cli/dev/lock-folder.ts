import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CatnixError } from "../../errors/catnix-error.js";
import { makeFolders } from "../../files/make-folders.js";
import { toDatabaseError } from "../../sqlite/database-error.js";

const SQLITE_BUSY = 5;

/**
 * Keeps a folder for this process until it is closed, or the process ends in whatever way: Node has no file locks of its
 * own, but SQLite's exclusive transaction is one.
 * @throws CatnixError DEV_FOLDER_IN_USE, DISK_FULL, DATABASE_FAILED
 */
export function lockFolder(dir: string): { close(): void } {
  const file = join(dir, "lock.sqlite");
  let database: DatabaseSync | undefined;
  try {
    makeFolders(dir);
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY)
      throw new CatnixError("DEV_FOLDER_IN_USE", { dir }, { cause });
    throw toDatabaseError(file, cause);
  }
}
