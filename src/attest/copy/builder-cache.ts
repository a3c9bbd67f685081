import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { checkNarHash } from "../../nix/hash-stream.js";
import { type NarInfo, parseNarInfo } from "../../nix/narinfo.js";
import { readAtMost } from "../../swarm/read-at-most.js";
import { decompressNar } from "./decompress-nar.js";
import { fetchFromCache, nameCache } from "./fetch-cache.js";

export interface BuilderCacheOptions {
  /** The store folder that its paths must lie in. */
  readonly storeDir: string;
  /** So long it may be silent, in milliseconds; 30 s where not given. */
  readonly silenceMs?: number;
  /** Further attempts; 3 where not given. */
  readonly retries?: number;
}

const MAX_INFO_SIZE = 1 << 16;
const MAX_NARINFO_SIZE = 1 << 20;
/** So many times as long as a cache may be silent a small file may take, once it has begun. */
const SMALL_FILE_SILENCES = 4;

/** The binary cache of a builder, by HTTP, as Nix reads it. Nothing it says counts without a signature. */
export class BuilderCache {
  /** As reports name it. */
  readonly name: string;
  readonly #base: URL;
  readonly #options: Required<BuilderCacheOptions>;

  /** @param url an `http` or `https` URL; a user and a password in it go to this cache only, and into no report */
  constructor(
    readonly url: string,
    { storeDir, silenceMs = 30_000, retries = 3 }: BuilderCacheOptions,
  ) {
    this.name = nameCache(url);
    this.#base = new URL(`${this.name}/`);
    this.#options = { storeDir, silenceMs, retries };
  }

  /**
   * Makes sure that it is a binary cache of this store folder, before thousands of paths are asked for.
   * @throws CatnixError BUILDER_UNREACHABLE, BUILDER_ANSWER_INVALID
   */
  async check(signal: AbortSignal): Promise<void> {
    const bytes = await this.#fetchSmall("nix-cache-info", MAX_INFO_SIZE, signal);
    if (bytes === undefined) throw this.#invalid("it has no nix-cache-info");
    const storeDir = /^StoreDir: *(\S+)$/m.exec(Buffer.from(bytes).toString())?.[1];
    if (storeDir === undefined) throw this.#invalid("its nix-cache-info names no StoreDir");
    if (storeDir !== this.#options.storeDir) throw this.#invalid(`it is of the store folder ${storeDir}`);
  }

  /**
   * What it says of a path.
   * @param hashPart 32 characters of nix-base32
   * @returns undefined where it has no such path
   * @throws CatnixError BUILDER_UNREACHABLE, BUILDER_ANSWER_INVALID
   */
  async find(hashPart: string, signal: AbortSignal): Promise<NarInfo | undefined> {
    const bytes = await this.#fetchSmall(`${hashPart}.narinfo`, MAX_NARINFO_SIZE, signal);
    try {
      return bytes && parseNarInfo(bytes, { storeDir: this.#options.storeDir });
    } catch (error) {
      throw isCatnixError(error, "NARINFO_INVALID") ? this.#invalid(error.message, error) : error;
    }
  }

  /**
   * The NAR of a path, decompressed and held against its NarHash: not to be trusted before it has ended well.
   * @throws CatnixError, while it is read: BUILDER_UNREACHABLE, BUILDER_ANSWER_INVALID; the signal's reason
   */
  async *readNar(info: NarInfo, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const url = URL.canParse(info.url, this.#base.href) ? new URL(info.url, this.#base) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) throw this.#invalid(`its NAR is at ${info.url}`);
    const file = await this.#fetch(url, signal);
    if (file === undefined) throw this.#invalid("it has no such NAR");
    // No compression makes a NAR half as large again.
    const nar = decompressNar(this.#bound(file, 2 * info.narSize + (64 << 10)), info.compression, signal);
    if (nar === undefined)
      throw this.#invalid(`its NARs are compressed by ${info.compression}, which is not known here`);
    try {
      yield* checkNarHash(nar, info);
    } catch (error) {
      signal.throwIfAborted();
      throw isCatnixError(error) && error.code.startsWith("BUILDER_")
        ? error
        : this.#invalid(`its NAR: ${(error as Error).message}`, error);
    } finally {
      await file.return();
    }
  }

  async *#bound(file: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
    let size = 0;
    for await (const piece of file) {
      size += piece.length;
      if (size > maxBytes) throw this.#invalid(`the file of its NAR has more than ${maxBytes} bytes`);
      yield piece;
    }
  }

  async #fetchSmall(name: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const late = new AbortController();
    const file = await this.#fetch(new URL(name, this.#base), AbortSignal.any([signal, late.signal]));
    if (file === undefined) return undefined;
    // One that sends a byte now and then is never silent.
    const reason = `its ${name} does not end`;
    const end = () => late.abort(new CatnixError("BUILDER_UNREACHABLE", { url: this.name, reason }));
    const timer = setTimeout(end, SMALL_FILE_SILENCES * this.#options.silenceMs);
    try {
      const bytes = await readAtMost(file, maxBytes + 1);
      if (bytes.length > maxBytes) throw this.#invalid(`its ${name} has more than ${maxBytes} bytes`);
      return bytes;
    } finally {
      clearTimeout(timer);
    }
  }

  #fetch(url: URL, signal: AbortSignal): ReturnType<typeof fetchFromCache> {
    const { silenceMs, retries } = this.#options;
    return fetchFromCache(url, { cacheUrl: this.url, signal, silenceMs, retries });
  }

  #invalid(reason: string, cause?: unknown): CatnixError {
    return new CatnixError("BUILDER_ANSWER_INVALID", { url: this.name, reason }, { cause });
  }
}
