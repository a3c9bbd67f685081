import { constants, close, fdatasync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import { promisify } from "node:util";
import type { CatnixError } from "../errors/catnix-error.js";
import { makeFolders } from "../files/make-folders.js";
import { toDatabaseError } from "./database-error.js";

export type SqlRow = Record<string, SQLOutputValue>;

/** How a database of catnix is made: its format's number, and the statements that make it anew. */
export interface DatabaseFormat {
  readonly version: number;
  readonly schema: string;
  /** What is in it can be had again: a file of an older format is emptied and begun anew. */
  readonly disposable?: boolean;
}

const BUSY_TIMEOUT_MS = 10_000;
/**
 * The log may grow to 32 MiB before it is moved into the file, eight times SQLite's own bound: keys are hashes, so that a thousand
 * pages of log hold the same pages of the file again and again.
 */
const WRITE_AHEAD = "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 8192;";

/**
 * One SQLite file that is written a transaction at a time: after a crash it holds all of a transaction or nothing.
 * Every failure is a CatnixError that names the file: DISK_FULL where there is no room, else DATABASE_FAILED.
 */
export class Database {
  readonly file: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #ownWrites = 0;
  #log: number | undefined;

  /**
   * @param options.readOnly the file must exist; another process may be writing it
   * @param options.synchronous FULL where not given: a transaction that is through survives a power cut. With NORMAL the last
   * ones may be lost then, unless {@link sync} was called since, and none waits for the disk; of a killed process nothing is
   * lost either way
   * @throws CatnixError DISK_FULL; DATABASE_FAILED, also for a file of another format
   */
  constructor(
    file: string,
    format: DatabaseFormat,
    options: { readOnly?: boolean; synchronous?: "FULL" | "NORMAL" } = {},
  ) {
    this.file = file;
    const readOnly = options.readOnly ?? false;
    try {
      if (!readOnly) makeFolders(dirname(file));
      this.#db = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS });
    } catch (error) {
      throw this.#failed(error);
    }
    try {
      // First the format: a database that is not ours stays as it is.
      this.#prepareFormat(format, readOnly);
      if (!readOnly) this.#db.exec(`${WRITE_AHEAD} PRAGMA synchronous = ${options.synchronous ?? "FULL"};`);
    } catch (error) {
      this.#db.close();
      throw this.#failed(error);
    }
  }

  #prepareFormat(format: DatabaseFormat, readOnly: boolean): void {
    if (this.#formatVersion() === format.version) return;
    if (readOnly) throw this.#wrongFormat(format);
    this.transaction(() => {
      // Only now is this process alone: another one may have been faster.
      if (this.#formatVersion() === format.version) return;
      const tables = this.#listTables();
      const isOlder = this.#formatVersion() > 0 && this.#formatVersion() < format.version;
      if (format.disposable && isOlder) for (const table of tables) this.#db.exec(`DROP TABLE "${table}"`);
      else if (this.#formatVersion() !== 0 || tables.length > 0) throw this.#wrongFormat(format);
      this.#db.exec(`${format.schema}; PRAGMA user_version = ${format.version};`);
    });
  }

  #listTables(): string[] {
    return this.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => String(name));
  }

  #formatVersion(): number {
    return Number(this.get("PRAGMA user_version")!["user_version"]);
  }

  #wrongFormat({ version }: DatabaseFormat): Error {
    return new Error(`its format is ${this.#formatVersion()}, this program knows format ${version}`);
  }

  /**
   * A text that is another one as soon as anything was written, by this process or another. It costs a look at shared
   * memory, a tenth of the cheapest query (https://sqlite.org/pragma.html#pragma_data_version).
   */
  version(): string {
    return `${this.get("PRAGMA data_version")!["data_version"] as number}.${this.#ownWrites}`;
  }

  get(sql: string, ...values: SQLInputValue[]): SqlRow | undefined {
    return this.#run(sql, (statement) => statement.get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): SqlRow[] {
    return this.#run(sql, (statement) => statement.all(...values));
  }

  /** @returns how many rows changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    this.#ownWrites++; // `data_version` tells of other connections only
    return this.#run(sql, (statement) => Number(statement.run(...values).changes));
  }

  /** Runs `work` whole or not at all. It must not wait for anything. */
  transaction<T>(work: () => T): T {
    this.#exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /**
   * Waits, on another thread, until every transaction that is through would survive a power cut. They are in the log, except
   * for those that SQLite moved into the file, which it syncs itself (https://sqlite.org/wal.html).
   * @throws CatnixError DISK_FULL, DATABASE_FAILED
   */
  async sync(): Promise<void> {
    try {
      // The log is there from the first write to the last close. It holds no lock that closing this could let go.
      this.#log ??= openSync(`${this.file}-wal`, constants.O_RDONLY);
      await promisify(fdatasync)(this.#log);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  close(): void {
    if (this.#log !== undefined) close(this.#log);
    this.#log = undefined;
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  #exec(sql: string): void {
    try {
      this.#db.exec(sql);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #run<T>(sql: string, use: (statement: StatementSync) => T): T {
    try {
      let statement = this.#statements.get(sql);
      if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
      return use(statement);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): CatnixError {
    return toDatabaseError(this.file, error);
  }
}
