import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CatnixError } from "../errors/catnix-error.js";
import { copyDatabase } from "../sqlite/copy-database.js";

/** A Nix database opened for reading. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  /** Whether it is a private copy, which does not see what Nix writes later. */
  readonly isCopy: boolean;
  close(): void;
}

/** The tables and columns that are read; `SchemaMigrations` and others come and go with the version of Nix. */
const columnsRead = {
  ValidPaths: ["id", "path", "hash", "registrationTime", "deriver", "narSize", "sigs", "ca"],
  Refs: ["referrer", "reference"],
} as const;

/**
 * Opens Nix's database read-only, while Nix may write to it. SQLite needs its shared-memory file to read a database in
 * WAL mode; where the file is not there and an ordinary user may not make it, a private copy is read instead, which is
 * deleted when it is closed.
 * @throws CatnixError NIX_DB_UNREADABLE, NIX_DB_SCHEMA_UNKNOWN
 */
export function openDatabase(file: string): OpenDatabase {
  try {
    statSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  try {
    const database = openChecked(file, file);
    return { database, isCopy: false, close: () => database.close() };
  } catch (error) {
    if (!needsCopy(error)) throw error instanceof CatnixError ? error : unreadable(file, error);
  }
  return openCopy(file);
}

/** Opens a copy of the database in a folder of its own that only this user may read. */
export function openCopy(file: string): OpenDatabase {
  const folder = mkdtempSync(join(tmpdir(), "catnix-nixdb-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "db.sqlite");
    copyDatabase(file, copy);
    const database = openChecked(copy, file);
    return {
      database,
      isCopy: true,
      close: () => {
        database.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error instanceof CatnixError ? error : unreadable(file, error);
  }
}

/** Opens and reads once: only the first read shows whether SQLite can. */
function openChecked(file: string, named: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    checkSchema(database, named);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkSchema(database: DatabaseSync, file: string): void {
  for (const [table, columns] of Object.entries(columnsRead)) {
    const present = database.prepare("select name from pragma_table_info(?)").all(table);
    const names = new Set(present.map((row) => row.name));
    if (names.size === 0) throw new CatnixError("NIX_DB_SCHEMA_UNKNOWN", { file, reason: `no table ${table}` });
    const missing = columns.find((column) => !names.has(column));
    if (missing !== undefined) {
      throw new CatnixError("NIX_DB_SCHEMA_UNKNOWN", { file, reason: `no column ${table}.${missing}` });
    }
  }
}

/** SQLITE_READONLY and SQLITE_CANTOPEN, extended codes included: what a missing shared-memory file leads to. */
function needsCopy(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return code === 8 || code === 14;
}

function unreadable(file: string, cause: unknown): CatnixError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CatnixError("NIX_DB_UNREADABLE", { file, reason }, { cause });
}
