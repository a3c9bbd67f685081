import { abortable } from "../../async/abortable.js";
import { requireRange } from "../../bmt/join-file.js";
import { fromHex } from "../../encoding/hex.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import { checkSize } from "../answer-headers.js";
import type { ContentStore, ReadOptions, StoreOptions } from "../content-store.js";
import { readWhole } from "../read-whole.js";
import type { DiskCache } from "./disk-cache.js";
import { Download } from "./download.js";

/** A download that is being opened or runs, for all who want its file. */
interface Shared {
  /** Undefined where the file cannot be cached. */
  readonly download: Promise<Download | undefined>;
  /** Ends it. */
  readonly leave: AbortController;
  readers: number;
}

/**
 * {@link ContentStore} that keeps on disk what is read whole as a stream, and reads from there what it has: NARs above all. Who
 * reads a file that another one is reading follows the same download. Where the disk fails, or has something damaged, the
 * rest comes from the store behind, without a break.
 */
export class CachedStore implements ContentStore {
  readonly #inner: ContentStore;
  readonly #cache: DiskCache;
  readonly #graceMs: number;
  readonly #shared = new Map<string, Shared>();
  /** Those that nobody joins any more are among them: the disk takes its time. */
  readonly #writing = new Set<Promise<void>>();

  /** @param graceMs after which a download that nobody reads any more ends */
  constructor(inner: ContentStore, cache: DiskCache, graceMs = 1000) {
    this.#inner = inner;
    this.#cache = cache;
    this.#graceMs = graceMs;
  }

  async read(address: string, options: ReadOptions = {}) {
    fromHex(address, 32);
    const { size: wanted, maxBytes = Infinity, signal } = options;
    const check = (size: number) => checkSize(address, size, wanted, maxBytes);
    if (wanted !== undefined) check(wanted);
    const cached = await this.#sizeOf(address);
    if (cached !== undefined) {
      check(cached);
      return { size: cached, body: this.#readOn(address, { start: 0, end: cached }, signal) };
    }
    const isFirst = !this.#shared.has(address);
    const shared = this.#share(address, options);
    shared.readers++;
    try {
      const download = await abortable(shared.download, signal).catch((error: unknown) => {
        // What the first reader does not take another one may.
        if (isFirst || !isCatnixError(error, "SWARM_SIZE_MISMATCH", "SWARM_TOO_LARGE")) throw error;
        return undefined;
      });
      if (download === undefined) return await this.#inner.read(address, options);
      check(download.size);
      return { size: download.size, body: this.#follow(address, shared, download, signal) };
    } finally {
      this.#leave(address, shared);
    }
  }

  async *readRange(
    address: string,
    range: { start: number; end: number },
    { signal }: StoreOptions = {},
  ): AsyncGenerator<Uint8Array, void> {
    fromHex(address, 32);
    const size = await this.#sizeOf(address);
    if (size === undefined) {
      yield* this.#inner.readRange(address, range, { signal });
      return;
    }
    requireRange(address, range, size);
    yield* this.#readOn(address, range, signal);
  }

  async readAll(address: string, maxBytes: number, options: StoreOptions = {}): Promise<Uint8Array> {
    fromHex(address, 32);
    const size = await this.#sizeOf(address);
    if (size === undefined) return this.#inner.readAll(address, maxBytes, options);
    checkSize(address, size, undefined, maxBytes);
    return readWhole(this.#readOn(address, { start: 0, end: size }, options.signal), size);
  }

  /** What is asked of the network: the cache says nothing about it. */
  has(address: string, options?: StoreOptions): Promise<boolean> {
    return this.#inner.has(address, options);
  }

  async getChunk(address: string, options?: StoreOptions): Promise<Uint8Array> {
    fromHex(address, 32);
    const entry = await this.#cache.open(address, "peek");
    if (entry === undefined) return this.#inner.getChunk(address, options);
    try {
      return await entry.root();
    } finally {
      await entry.close();
    }
  }

  write(body: Uint8Array | AsyncIterable<Uint8Array>, options?: StoreOptions) {
    return this.#inner.write(body, options);
  }

  putChunk(data: Uint8Array, options?: StoreOptions): Promise<string> {
    return this.#inner.putChunk(data, options);
  }

  /** Resolves when nothing more is being written. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#shared.values()].map(({ download }) => download));
    await Promise.allSettled(this.#writing);
  }

  async #sizeOf(address: string): Promise<number | undefined> {
    const entry = await this.#cache.open(address, "peek");
    await entry?.close();
    return entry?.size;
  }

  /** From the cache as far as that goes, the rest from behind it: an entry may have been evicted or damaged. */
  async *#readOn(
    address: string,
    { start, end }: { start: number; end: number },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    let at = start;
    const entry = await this.#cache.open(address);
    if (entry !== undefined) {
      try {
        for await (const piece of entry.read({ start, end }, signal)) {
          at += piece.length;
          yield piece;
        }
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (isCatnixError(error)) await this.#cache.discard(address, error);
        else this.#cache.fail(error);
      } finally {
        await entry.close();
      }
    }
    yield* this.#inner.readRange(address, { start: at, end }, { signal });
  }

  async *#follow(
    address: string,
    shared: Shared,
    download: Download,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    shared.readers++;
    let given = 0;
    try {
      for await (const piece of download.follow(signal)) {
        given += piece.length;
        yield piece;
      }
    } catch (error) {
      // It was given up before this reader came to begin: then the cache, or who is behind it, has the rest.
      if (!shared.leave.signal.aborted || signal?.aborted) throw error;
    } finally {
      this.#leave(address, shared);
    }
    if (given < download.size) yield* this.#readOn(address, { start: given, end: download.size }, signal);
  }

  #share(address: string, options: ReadOptions): Shared {
    const known = this.#shared.get(address);
    if (known !== undefined) return known;
    const leave = new AbortController();
    const shared: Shared = { download: this.#begin(address, { ...options, signal: leave.signal }), leave, readers: 0 };
    this.#shared.set(address, shared);
    const forget = () => {
      if (this.#shared.get(address) === shared) this.#shared.delete(address);
    };
    shared.download.then((download) => (download === undefined ? forget() : download.done().then(forget)), forget);
    return shared;
  }

  /** A download that nobody wants any more ends; the next reader begins another one. */
  #leave(address: string, shared: Shared): void {
    if (--shared.readers > 0) return;
    // A reader that just got its file may not have begun to read it.
    setTimeout(() => {
      if (shared.readers > 0) return;
      if (this.#shared.get(address) === shared) this.#shared.delete(address);
      shared.leave.abort(new DOMException("nobody reads it any more", "AbortError"));
    }, this.#graceMs).unref();
  }

  /** @param options what its first reader takes: room is made for nothing else */
  async #begin(address: string, options: ReadOptions): Promise<Download | undefined> {
    const { size, body } = await this.#inner.read(address, options);
    const writer = await this.#cache.begin(size);
    if (writer === undefined) return undefined;
    const download = new Download({ cache: this.#cache, writer, address, size }, body);
    const done = download.done().finally(() => this.#writing.delete(done));
    this.#writing.add(done);
    return download;
  }
}
