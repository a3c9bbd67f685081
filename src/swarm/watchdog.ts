import { CatnixError, isCatnixError } from "../errors/catnix-error.js";

/**
 * Ends a request whose other side falls silent. It is armed only while waiting for the other side, so that a slow
 * reader here, or a slow source of an upload, is nobody's timeout.
 */
export class Watchdog {
  /** Aborted by the caller's signal as by a timeout. */
  readonly signal: AbortSignal;
  readonly #url: string;
  readonly #caller: AbortSignal | undefined;
  readonly #timeout = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** @param url for messages */
  constructor(url: string, caller: AbortSignal | undefined) {
    this.#url = url;
    this.#caller = caller;
    this.signal = caller === undefined ? this.#timeout.signal : AbortSignal.any([caller, this.#timeout.signal]);
  }

  /** From now on the other side has `milliseconds`. */
  arm(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#timeout.abort(new CatnixError("SWARM_TIMEOUT", { url: this.#url, milliseconds })),
      milliseconds,
    );
  }

  disarm(): void {
    clearTimeout(this.#timer);
  }

  /** Ends the request from here: what is still being sent or received is dropped. */
  end(): void {
    this.disarm();
    this.#timeout.abort();
  }

  /** What to throw for an `error` of `fetch` or of a body: the caller's reason, the timeout, or `SWARM_UNREACHABLE`. */
  explain(error: unknown): unknown {
    if (this.#caller?.aborted) return this.#caller.reason;
    if (this.#timeout.signal.aborted) return this.#timeout.signal.reason;
    return new CatnixError("SWARM_UNREACHABLE", { url: this.#url, reason: reasonOf(error) }, { cause: error });
  }
}

/** `fetch` says "fetch failed" or "terminated"; what happened is in the cause. */
function reasonOf(error: unknown): string {
  if (isCatnixError(error) || !(error instanceof Error)) return String(error);
  const cause: unknown = error.cause instanceof AggregateError ? error.cause.errors[0] : error.cause;
  return cause instanceof Error ? cause.message : error.message;
}
