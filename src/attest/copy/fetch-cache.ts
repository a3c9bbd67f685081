import pRetry from "p-retry";
import { splitCredentials } from "../../config/endpoint-url.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";

export interface FetchCacheOptions {
  /** The cache's own URL: its credentials go to its own origin only. */
  readonly cacheUrl: string;
  readonly signal: AbortSignal;
  /** So long the cache may be silent, in milliseconds. */
  readonly silenceMs: number;
  /** Further attempts until an answer begins, where what failed may pass. */
  readonly retries: number;
}

/** What a binary cache says where it lacks something: those on S3 say 403 (Nix's filetransfer.cc takes it likewise). */
const MISSING: readonly number[] = [403, 404, 410];

/** The cache as messages and reports name it: without credentials, query and the slash at its end. */
export function nameCache(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

/**
 * Asks a binary cache for a file by HTTP; redirects are followed.
 * @returns its bytes as they come, or undefined where the cache has no such file; leave the loop to call it off
 * @throws CatnixError BUILDER_UNREACHABLE, also while the bytes are read; the signal's reason
 */
export async function fetchFromCache(
  url: URL,
  options: FetchCacheOptions,
): Promise<AsyncGenerator<Uint8Array, void, undefined> | undefined> {
  const { signal, retries } = options;
  const request = new CacheRequest(url, options);
  const answer = await pRetry(() => request.send(), {
    ...{ retries, signal, minTimeout: 200, maxTimeout: 5000, randomize: true },
    shouldRetry: ({ error }) => isCatnixError(error, "BUILDER_UNREACHABLE"),
  });
  return answer && request.read(answer);
}

class CacheRequest {
  readonly #name: string;
  #silence = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly url: URL,
    readonly options: FetchCacheOptions,
  ) {
    this.#name = nameCache(options.cacheUrl);
  }

  async send(): Promise<Response | undefined> {
    const { cacheUrl, signal } = this.options;
    this.#silence = new AbortController();
    const { bare } = splitCredentials(this.url.href);
    const { authorization } = splitCredentials(cacheUrl);
    const headers = bare.origin === new URL(cacheUrl).origin ? authorization : {};
    this.#arm();
    try {
      const answer = await fetch(bare, { headers, signal: AbortSignal.any([signal, this.#silence.signal]) });
      if (answer.ok) return answer;
      await answer.body?.cancel();
      if (MISSING.includes(answer.status)) return undefined;
      throw this.#unreachable(`HTTP ${answer.status}`);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** The timer runs only while the cache is waited for: whoever reads slowly is nobody's silence. */
  async *read({ body }: Response): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = body?.getReader();
    try {
      for (;;) {
        this.#arm();
        const next = await reader?.read();
        clearTimeout(this.#timer);
        if (next === undefined || next.done) return;
        yield next.value;
      }
    } catch (error) {
      throw this.#explain(error);
    } finally {
      clearTimeout(this.#timer);
      await reader?.cancel().catch(() => undefined);
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { silenceMs } = this.options;
    const silence = this.#silence;
    this.#timer = setTimeout(() => silence.abort(this.#unreachable(`silent for ${silenceMs / 1000} s`)), silenceMs);
  }

  #explain(error: unknown): unknown {
    this.options.signal.throwIfAborted();
    if (isCatnixError(error)) return error;
    if (this.#silence.signal.aborted) return this.#silence.signal.reason;
    const { message, cause } = error as Error;
    const inner: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    return this.#unreachable(inner instanceof Error ? inner.message : message, error);
  }

  #unreachable(reason: string, cause?: unknown): CatnixError {
    return new CatnixError("BUILDER_UNREACHABLE", { url: this.#name, reason }, { cause });
  }
}
