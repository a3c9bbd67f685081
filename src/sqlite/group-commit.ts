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
  #isBusy = false;
  #failure: { error: unknown } | undefined;

  /**
   * @param transaction runs what it is given whole or not at all
   * @param sync brings what was committed to the disk, where transactions do not wait for that themselves. What comes meanwhile
   * is the next group: few large transactions cost far less than many small ones
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
      if (this.#isBusy) return;
      this.#isBusy = true;
      setImmediate(() => void this.#writeGroups());
    });
  }

  async #writeGroups(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0));
    this.#isBusy = false;
  }

  async #writeGroup(waiting: readonly Waiting[]): Promise<void> {
    if (this.#failure !== undefined) {
      for (const { reject } of waiting) reject(this.#failure.error);
      return;
    }
    const committed = this.#commit(waiting);
    if (committed.length === 0) return;
    try {
      await this.#sync?.();
      for (const { one, result } of committed) one.resolve(result as never);
    } catch (error) {
      this.#failure = { error };
      for (const { one } of committed) one.reject(error);
    }
  }

  #commit(waiting: readonly Waiting[]): Committed[] {
    const committed: Committed[] = [];
    try {
      this.#transaction(() => {
        for (const one of waiting) committed.push({ one, result: one.work() });
      });
      return committed;
    } catch (error) {
      if (waiting.length > 1) return waiting.flatMap((one) => this.#commit([one]));
      waiting[0]!.reject(error);
      return [];
    }
  }
}
