import { join } from "node:path";
import type { StatementSync } from "node:sqlite";
import { CatnixError } from "../errors/catnix-error.js";
import { parseStorePath } from "../nix/store-path.js";
import { computeClosure } from "./closure.js";
import { openDatabase, type OpenDatabase } from "./open-database.js";
import { makePathInfo, type PathInfo } from "./path-info.js";
import { resolveStorePath } from "./resolve-path.js";
import { locateStore, type StoreLocation, type StoreRoot } from "./store-root.js";

/**
 * Opens a Nix store for reading, without Nix.
 * @throws CatnixError NIX_DB_UNREADABLE, NIX_DB_SCHEMA_UNKNOWN
 */
export function openNixStore(location: StoreLocation = {}): NixStore {
  const root = locateStore(location);
  return new NixStore(root, openDatabase(root.databaseFile));
}

/** A Nix store on disk: its database, read while Nix may write to it, and its files. */
export class NixStore implements Disposable {
  /** The store folder as store paths name it. */
  readonly storeDir: string;
  readonly #root: StoreRoot;
  readonly #open: OpenDatabase;
  readonly #selectPath: StatementSync;
  readonly #selectReferences: StatementSync;

  /** Use {@link openNixStore}. */
  constructor(root: StoreRoot, open: OpenDatabase) {
    this.storeDir = root.storeDir;
    this.#root = root;
    this.#open = open;
    this.#selectPath = open.database.prepare(
      "select id, path, hash, registrationTime, deriver, narSize, sigs, ca from ValidPaths where path = ?",
    );
    // node:sqlite throws at a number that JavaScript has no room for; as a bigint it is refused with its path.
    this.#selectPath.setReadBigInts(true);
    // A left join: a reference to a row that is not there must show.
    this.#selectReferences = open.database.prepare(
      "select path from Refs left join ValidPaths on reference = id where referrer = ?",
    );
  }

  /** The store folder on disk. */
  get realStoreDir(): string {
    return this.#root.realStoreDir;
  }

  /** Whether the database is a private copy, made because the original could not be opened: it shows no later paths. */
  get isCopy(): boolean {
    return this.#open.isCopy;
  }

  /**
   * What the database knows of a store path; undefined where the path is not valid.
   * @throws CatnixError STORE_PATH_INVALID, NIX_DB_CORRUPT, NIX_DB_UNREADABLE
   */
  queryPathInfo(storePath: string): PathInfo | undefined {
    const { path } = parseStorePath(storePath, this.storeDir);
    return this.#snapshot(() => this.#query(path));
  }

  /**
   * The names of all valid paths, by themselves: what is known of each is asked for one by one.
   * @throws CatnixError NIX_DB_CORRUPT, NIX_DB_UNREADABLE
   */
  listPaths(): string[] {
    const rows = this.#snapshot(() => this.#open.database.prepare("select path from ValidPaths order by path").all());
    return rows.map(({ path }) => {
      if (typeof path === "string") return path;
      throw new CatnixError("NIX_DB_CORRUPT", { path: String(path), reason: "path is not text" });
    });
  }

  /**
   * The closure of `storePaths`: each path once, references before the paths that mention them, all as they stood at
   * one moment.
   * @throws CatnixError STORE_PATH_INVALID; STORE_PATH_NOT_VALID where the store lacks one of `storePaths`;
   * NIX_DB_CORRUPT, NIX_DB_UNREADABLE
   */
  closure(storePaths: Iterable<string>): PathInfo[] {
    const paths = [...storePaths].map((storePath) => parseStorePath(storePath, this.storeDir).path);
    return this.#snapshot(() =>
      computeClosure(paths, (path) => {
        const info = this.#query(path);
        if (info === undefined) throw new CatnixError("STORE_PATH_NOT_VALID", { path });
        return info;
      }),
    );
  }

  /**
   * Where the files of a store path are on disk.
   * @throws CatnixError STORE_PATH_INVALID
   */
  realPath(storePath: string): string {
    return join(this.#root.realStoreDir, parseStorePath(storePath, this.storeDir).baseName);
  }

  /**
   * The store path that a person means: `./result`, a profile, a file in a store path, a store path.
   * @throws CatnixError STORE_PATH_NOT_FOUND, STORE_PATH_INVALID, FILE_UNREADABLE
   */
  resolvePath(input: string): string {
    return resolveStorePath(input, this.#root);
  }

  close(): void {
    this.#open.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #query(path: string): PathInfo | undefined {
    const row = this.#selectPath.get(path);
    if (row === undefined) return undefined;
    const references = this.#selectReferences.all(row.id as bigint).map((reference) => reference.path);
    return makePathInfo(row, references, this.storeDir);
  }

  /** One read transaction: what Nix commits meanwhile is not seen halfway. */
  #snapshot<T>(read: () => T): T {
    const { database } = this.#open;
    try {
      database.exec("begin");
      try {
        return read();
      } finally {
        database.exec("rollback");
      }
    } catch (error) {
      // A closed store is the caller's mistake, and comes as node:sqlite reports it.
      if (error instanceof CatnixError || !(error instanceof Error && "errcode" in error)) throw error;
      throw new CatnixError(
        "NIX_DB_UNREADABLE",
        { file: this.#root.databaseFile, reason: error.message },
        { cause: error },
      );
    }
  }
}
