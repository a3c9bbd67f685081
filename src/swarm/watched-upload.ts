import type { Watchdog } from "./watchdog.js";

/** The body of a streamed upload: while the node takes bytes the watchdog is armed, while the source makes them it is not. */
export class WatchedUpload implements AsyncIterable<Uint8Array> {
  /** What the source threw, if it did: then that is the error, not what became of the request. */
  failure: { readonly error: unknown } | undefined;
  readonly #source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly #watchdog: Watchdog;
  readonly #idleMs: number;
  readonly #answerMs: number;

  /** @param answerMs how long the node has for its answer, counted from the last byte */
  constructor(
    source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    watchdog: Watchdog,
    idleMs: number,
    answerMs: number,
  ) {
    this.#source = source;
    this.#watchdog = watchdog;
    this.#idleMs = idleMs;
    this.#answerMs = answerMs;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    this.#watchdog.disarm();
    const { signal } = this.#watchdog;
    try {
      for await (const piece of this.#source) {
        if (piece.length === 0) continue;
        this.#watchdog.arm(this.#idleMs);
        yield piece;
        this.#watchdog.disarm();
        // Node's fetch reads the body of an aborted request to its end, and throws it away.
        if (signal.aborted) break;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
    signal.throwIfAborted();
    this.#watchdog.arm(this.#answerMs);
  }
}
