import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import type { Endpoint } from "./endpoint.js";
import type { EndpointHealth } from "./endpoint-health.js";
import type { HedgeBudget } from "./hedge-budget.js";
import { mostTelling } from "./most-telling.js";

export interface RaceOptions {
  readonly signal?: AbortSignal | undefined;
  readonly budget: HedgeBudget;
  /** After which a second endpoint is asked where the first has not answered, in milliseconds. */
  readonly hedgeMs: number;
  /** How long all of it may take, in milliseconds. */
  readonly deadlineMs: number;
}

/** The first good answer, and whose it is. */
export interface Won<T> {
  readonly endpoint: Endpoint;
  readonly value: T;
}

/**
 * Asks one endpoint, the next as soon as that fails, and one more where it is slow and the budget allows; the first good answer
 * counts and the others are called off. Those that rest come last: they are asked where the others have no answer.
 * Where all rest, nobody is asked.
 * @param endpoints in the order of preference
 * @throws CatnixError `SWARM_TIMEOUT`; else the one that says most of all that failed ({@link mostTelling}); the signal's
 * reason
 */
export function raceEndpoints<T>(
  endpoints: readonly Endpoint[],
  call: (endpoint: Endpoint, signal: AbortSignal) => Promise<T>,
  options: RaceOptions,
): Promise<Won<T>> {
  options.signal?.throwIfAborted();
  const rank = ({ health }: Endpoint) => Number(health.isFailing) + 2 * Number(health.isResting);
  const order = endpoints.toSorted((a, b) => rank(a) - rank(b));
  if (order[0]?.health.isResting) throw mostTelling(order.map(({ health }) => whyResting(health)));
  return new Race(order, call, options).run();
}

class Race<T> {
  readonly #waiting: Endpoint[];
  readonly #call: (endpoint: Endpoint, signal: AbortSignal) => Promise<T>;
  readonly #options: RaceOptions;
  readonly #running = new Map<Endpoint, AbortController>();
  /** Those that had not answered when somebody else could have been asked as well. */
  readonly #slow = new Set<Endpoint>();
  readonly #errors: CatnixError[] = [];
  readonly #outcome = Promise.withResolvers<Won<T>>();
  #isOver = false;
  #hedge: NodeJS.Timeout | undefined;

  constructor(
    order: readonly Endpoint[],
    call: (endpoint: Endpoint, signal: AbortSignal) => Promise<T>,
    options: RaceOptions,
  ) {
    this.#waiting = [...order];
    this.#call = call;
    this.#options = options;
  }

  async run(): Promise<Won<T>> {
    const { signal, deadlineMs } = this.#options;
    const onAbort = () => this.#outcome.reject(signal!.reason as Error);
    signal?.addEventListener("abort", onAbort, { once: true });
    const deadline = setTimeout(() => this.#expire(deadlineMs), deadlineMs);
    this.#options.budget.earn();
    this.#startNext(false);
    try {
      return await this.#outcome.promise;
    } finally {
      this.#isOver = true;
      clearTimeout(deadline);
      clearTimeout(this.#hedge);
      signal?.removeEventListener("abort", onAbort);
      for (const leave of this.#running.values()) leave.abort();
    }
  }

  #startNext(isHedge: boolean): void {
    const endpoint = this.#waiting.shift()!;
    const { signal, hedgeMs, budget } = this.#options;
    const leave = new AbortController();
    this.#running.set(endpoint, leave);
    endpoint.health.begin(isHedge);
    const either = signal === undefined ? leave.signal : AbortSignal.any([signal, leave.signal]);
    this.#call(endpoint, either).then(
      (value) => {
        // Too late: a body that nobody will read ends with its signal.
        if (this.#isOver) leave.abort();
        else this.#take(endpoint, value);
      },
      (error: unknown) => this.#takeError(endpoint, error),
    );
    clearTimeout(this.#hedge);
    if (this.#waiting.length === 0) return;
    this.#hedge = setTimeout(() => {
      for (const slow of this.#running.keys()) this.#slow.add(slow);
      // What rests is for when nobody else has an answer, not for speed.
      if (!this.#waiting[0]?.health.isResting && budget.take()) this.#startNext(true);
    }, hedgeMs);
  }

  #take(endpoint: Endpoint, value: T): void {
    this.#running.delete(endpoint);
    this.#isOver = true;
    endpoint.health.succeed();
    // One that hangs never comes to fail, and should not be waited for each time.
    for (const other of this.#running.keys())
      if (this.#slow.has(other)) other.health.fail(timeoutOf(other, this.#options.hedgeMs));
    this.#outcome.resolve({ endpoint, value });
  }

  #takeError(endpoint: Endpoint, error: unknown): void {
    this.#running.delete(endpoint);
    if (this.#isOver || this.#options.signal?.aborted) return;
    if (!isCatnixError(error)) {
      this.#outcome.reject(error); // a mistake of the caller or of the program: no other endpoint would help
      return;
    }
    endpoint.health.fail(error);
    this.#errors.push(error);
    if (this.#waiting.length > 0) this.#startNext(false);
    else if (this.#running.size === 0) this.#outcome.reject(mostTelling(this.#errors));
  }

  #expire(milliseconds: number): void {
    for (const endpoint of this.#running.keys()) {
      const error = timeoutOf(endpoint, milliseconds);
      endpoint.health.fail(error);
      this.#errors.push(error);
    }
    this.#outcome.reject(mostTelling(this.#errors));
  }
}

/** What it failed with last; but nothing that would be taken for an answer about what is asked for now. */
function whyResting({ lastError, url }: EndpointHealth): CatnixError {
  if (lastError !== undefined && !("address" in (lastError.details ?? {}))) return lastError;
  const reason = `it is left alone for a while: ${lastError?.message ?? "it failed too often"}`;
  return new CatnixError("SWARM_UNREACHABLE", { url, reason }, { cause: lastError });
}

function timeoutOf({ health: { url } }: Endpoint, milliseconds: number): CatnixError {
  return new CatnixError("SWARM_TIMEOUT", { url, milliseconds });
}
