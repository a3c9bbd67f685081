interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Committed {
  readonly one: Waiting;
  readonly result: unknown;
}

/**
 * Small writes of the same moment in one transaction. What a transaction costs is the wait for the disk, and whoever writes
 * many small things one by one waits for nothing else.
 */
export class GroupCommit {
  readonly #transaction: (work: () => void) => void;
  readonly #sync: (() => Promise<void>) | undefined;
  #waiting: Waiting[] = [];
  #committed: Committed[] = [];
  #isSyncing = false;
  #failure: { error: unknown } | undefined;

  /**
   * @param transaction runs what it is given whole or not at all
   * @param sync brings what was committed to the disk, where transactions do not wait for that themselves. The next
   * groups are written meanwhile, and all of them together wait for one more sync
   */
  constructor(transaction: (work: () => void) => void, sync?: () => Promise<void>) {
    this.#transaction = transaction;
    this.#sync = sync;
  }

  /**
   * Runs `work`, which must not wait for anything, with others within a transaction; settles once that is through, and synced. Where
   * one of them fails, each has a transaction of its own: it may run twice then. After a sync that failed nothing is written any more,
   * since nobody knows what of it the disk has.
   * @throws whatever `work`, its transaction, or a sync throws
   */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#writeWaiting());
    });
  }

  #writeWaiting(): void {
    const waiting = this.#waiting.splice(0);
    if (this.#failure !== undefined) for (const { reject } of waiting) reject(this.#failure.error);
    else this.#commit(waiting);
    if (!this.#isSyncing) void this.#syncCommitted();
  }

  #commit(waiting: readonly Waiting[]): void {
    const committed: Committed[] = [];
    try {
      this.#transaction(() => {
        for (const one of waiting) committed.push({ one, result: one.work() });
      });
    } catch (error) {
      if (waiting.length === 1) waiting[0]!.reject(error);
      else for (const one of waiting) this.#commit([one]);
      return;
    }
    this.#committed.push(...committed);
  }

  async #syncCommitted(): Promise<void> {
    this.#isSyncing = true;
    while (this.#committed.length > 0) {
      const committed = this.#committed.splice(0);
      try {
        if (this.#failure !== undefined) throw this.#failure.error;
        await this.#sync?.();
        for (const { one, result } of committed) one.resolve(result as never);
      } catch (error) {
        this.#failure ??= { error };
        for (const { one } of committed) one.reject(error);
      }
    }
    this.#isSyncing = false;
  }
}
