import type { Leaf } from "../../bmt/list-leaves.js";

/** Goes through a file's leaves one by one; where the bytes come from may change on the way, the place does not. */
export class LeafCursor {
  readonly #runs: AsyncGenerator<readonly Leaf[], void>;
  #run: readonly Leaf[] = [];
  #at = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(runs: AsyncGenerator<readonly Leaf[], void>) {
    this.#runs = runs;
  }

  /** What its source threw: no leaf follows, whoever sends the bytes. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The leaf whose turn it is; undefined after the last one. Throws what its source threw, each time. */
  async current(): Promise<Leaf | undefined> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#at < this.#run.length) return this.#run[this.#at];
    try {
      const next = await this.#runs.next();
      this.#run = next.done ? [] : next.value;
      this.#at = 0;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
    return this.#run[0];
  }

  /** The current leaf and those after it, up to `count`, as far as they are known already; none where {@link current} gives none. */
  upcoming(count: number): readonly Leaf[] {
    return this.#run.slice(this.#at, this.#at + count);
  }

  /** To the next leaf; the current one was verified. */
  advance(): void {
    this.#at++;
  }

  /** Calls off what is still being fetched. */
  async close(): Promise<void> {
    await this.#runs.return();
  }
}
