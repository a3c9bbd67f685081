import { readdir, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import pLimit from "p-limit";
import { type CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { makeFolders } from "../../files/make-folders.js";
import { writeErrorOf } from "../../files/write-error.js";
import type { Logger } from "../../log/logger.js";
import { CacheEntry } from "./cache-entry.js";
import { EntryWriter } from "./entry-writer.js";
import { makeTemporaryName, removeStale } from "./temporary-names.js";

export interface DiskCacheOptions {
  /** Where it is; made when it is first written to. Several processes may share it. */
  readonly folder: string;
  /** Bytes that it may take. */
  readonly maxBytes: number;
  readonly log: Logger;
}

/** What the cache counts, since the process began; `bytes` as far as it knows. */
export interface CacheReport {
  readonly hits: number;
  readonly misses: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly evictions: number;
  /** Times that the disk failed, or had something damaged. */
  readonly failures: number;
}

const TEMPORARY = "tmp";
/** After so much of `maxBytes` written here the folder is looked at again: other processes write to it too. */
const RECOUNT = 1 / 32;
/** A larger share of `maxBytes` is not given to one file. */
const LARGEST = 1 / 2;
const ENTRY = /^[0-9a-f]{64}$/;

/** Files by address in a folder of bounded size; what was not read for longest goes first. Failures of the disk are never the reader's. */
export class DiskCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #log: Logger;
  readonly #alone = pLimit(1);
  #isPrepared = false;
  #bytes = 0;
  #sinceCount = Infinity;
  /** Of files that are being written. */
  #reserved = 0;
  /** Of those, the ones that are getting their names. */
  readonly #arriving = new Set<string>();
  readonly #counts = { hits: 0, misses: 0, evictions: 0, failures: 0 };

  constructor({ folder, maxBytes, log }: DiskCacheOptions) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  report(): CacheReport {
    return { ...this.#counts, bytes: this.#bytes, maxBytes: this.#maxBytes };
  }

  /**
   * The entry of an address; to be closed. A damaged one is removed.
   * @param purpose to read it, which is counted and marks it as used now, or to look whether and what it is
   */
  async open(address: string, purpose: "read" | "peek" = "read"): Promise<CacheEntry | undefined> {
    const file = this.#fileOf(address);
    try {
      const entry = await CacheEntry.open(file, address);
      if (purpose === "peek") return entry;
      this.#counts.hits++;
      const now = new Date();
      await utimes(file, now, now).catch(() => undefined); // evicted meanwhile, or another user's
      return entry;
    } catch (error) {
      if (isCatnixError(error)) await this.discard(address, error);
      else if (!isMissing(error)) this.fail(error);
      return undefined;
    }
  }

  /** Removes an entry that turned out to be damaged. */
  async discard(address: string, { code, message }: CatnixError): Promise<void> {
    this.#counts.failures++;
    this.#log.warn({ address, code }, `a cached file was damaged on the disk, it is removed: ${message}`);
    await rm(this.#fileOf(address), { force: true }).catch((cause: unknown) => this.fail(cause));
  }

  /**
   * Makes room for a file of so many bytes and begins to write it.
   * @returns undefined where it is too large for this cache or for what others that are on their way leave of it, or the disk does
   * not let it
   */
  async begin(size: number): Promise<EntryWriter | undefined> {
    this.#counts.misses++;
    if (size > this.#maxBytes * LARGEST) return undefined;
    try {
      if (!(await this.#alone(() => this.#reserve(size)))) return undefined;
      return await this.#create(size);
    } catch (error) {
      this.#isPrepared = false; // somebody may have removed the folder
      this.fail(error);
      return undefined;
    }
  }

  /** Takes a file in that was written whole. Where that fails it is not there, and the log says why. */
  async finish(writer: EntryWriter, address: string, size: number): Promise<void> {
    const file = this.#fileOf(address);
    let bytes = 0;
    this.#arriving.add(file);
    try {
      makeFolders(dirname(file));
      bytes = await writer.finish(file, address);
    } catch (error) {
      this.fail(error);
      await writer.abandon().catch((cause: unknown) => this.fail(cause));
    }
    // The disk takes its time, and others begin meanwhile: the file counts as reserved until it counts as written.
    await this.#alone(() => {
      this.#arriving.delete(file);
      this.#reserved -= size;
      this.#bytes += bytes;
      this.#sinceCount += bytes;
    });
  }

  /** Gives up a file that was begun. */
  async abandon(writer: EntryWriter, size: number): Promise<void> {
    this.#reserved -= size;
    await writer.abandon().catch((cause: unknown) => this.fail(cause));
  }

  /** Says in the log that the disk failed: what was asked for is served without the cache. */
  fail(error: unknown): void {
    this.#counts.failures++;
    const { code, message } = isCatnixError(error) ? error : writeErrorOf(this.#folder, error);
    this.#log.warn({ code, folder: this.#folder }, `the cache cannot be used, serving without it: ${message}`);
  }

  #fileOf(address: string): string {
    return join(this.#folder, address.slice(0, 2), address);
  }

  /** @param size reserved; where there is no writer, it is not any more */
  async #create(size: number): Promise<EntryWriter> {
    try {
      return await EntryWriter.create(join(this.#folder, TEMPORARY, makeTemporaryName()));
    } catch (error) {
      this.#reserved -= size;
      throw error;
    }
  }

  /** Makes room, and keeps it. @returns whether there is any */
  async #reserve(size: number): Promise<boolean> {
    await this.#makeRoom(size);
    if (this.#bytes + this.#reserved + size > this.#maxBytes) return false;
    this.#reserved += size;
    return true;
  }

  async #makeRoom(size: number): Promise<void> {
    if (!this.#isPrepared) {
      makeFolders(join(this.#folder, TEMPORARY));
      await removeStale(join(this.#folder, TEMPORARY));
      this.#isPrepared = true;
    }
    const wanted = this.#maxBytes - this.#reserved - size;
    if (this.#sinceCount <= this.#maxBytes * RECOUNT && this.#bytes <= wanted) return;
    const entries = await this.#list();
    this.#bytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#sinceCount = 0;
    entries.sort((a, b) => a.usedMs - b.usedMs);
    for (const { file, bytes } of entries) {
      if (this.#bytes <= wanted) break;
      try {
        await rm(file, { force: true });
        this.#bytes -= bytes;
        this.#counts.evictions++;
      } catch (error) {
        this.fail(error); // another user's: the next one may go
      }
    }
  }

  async #list(): Promise<{ file: string; bytes: number; usedMs: number }[]> {
    const entries: { file: string; bytes: number; usedMs: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      if (!/^[0-9a-f]{2}$/.test(name)) continue;
      for (const address of await this.#listFolder(join(this.#folder, name))) {
        if (!ENTRY.test(address)) continue;
        const file = join(this.#folder, name, address);
        if (this.#arriving.has(file)) continue;
        const found = await stat(file).catch(() => undefined); // another process was faster
        if (found?.isFile()) entries.push({ file, bytes: found.size, usedMs: found.mtimeMs });
      }
    }
    return entries;
  }

  /** Nothing where it is no folder, or another user's: what is in the others counts all the same. */
  async #listFolder(folder: string): Promise<string[]> {
    try {
      return await readdir(folder);
    } catch (error) {
      this.fail(error);
      return [];
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
