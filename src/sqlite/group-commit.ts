interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Small writes of the same moment in one transaction. What a transaction costs is the wait for the disk, and whoever writes
 * many small things one by one waits for nothing else.
 */
export class GroupCommit {
  #waiting: Waiting[] = [];

  /** @param transaction runs what it is given whole or not at all */
  constructor(readonly transaction: (work: () => void) => void) {}

  /**
   * Runs `work`, which must not wait for anything, with others within a transaction; settles once that is through. Where one of
   * them fails, each has a transaction of its own: it may run twice then.
   * @throws whatever `work` or its transaction throws
   */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commit(this.#waiting.splice(0)));
    });
  }

  #commit(waiting: readonly Waiting[]): void {
    const results: unknown[] = [];
    try {
      this.transaction(() => {
        for (const { work } of waiting) results.push(work());
      });
    } catch (error) {
      if (waiting.length === 1) waiting[0]!.reject(error);
      else for (const one of waiting) this.#commit([one]);
      return;
    }
    for (const [at, { resolve }] of waiting.entries()) resolve(results[at] as never);
  }
}
