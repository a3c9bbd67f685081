import { isCatnixError, type CatnixError } from "../../errors/catnix-error.js";
import type { ErrorCode } from "../../errors/descriptors.js";

/** Failures in a row after which an endpoint is left alone for a while. */
const FAILURES = 5;
/** How long: doubled each time that the first try afterwards fails too, in milliseconds. */
const [FIRST_REST_MS, LONGEST_REST_MS] = [500, 15_000];
/** The longest that an endpoint may ask to be left alone by Retry-After, in milliseconds. */
const LONGEST_ASKED_MS = 60_000;

/** What a working node says of content: that is no failure of its own. */
const ANSWERS: readonly ErrorCode[] = ["SWARM_NOT_FOUND", "SWARM_TOO_LARGE", "SWARM_SIZE_MISMATCH"];

/** How an endpoint does, for `/ready`, metrics and people. Its URL has no secrets in it. */
export interface EndpointReport {
  readonly url: string;
  /** `failing`: the last request failed; `resting`: so many did that it is asked only where nobody else has an answer. */
  readonly state: "up" | "failing" | "resting";
  readonly requests: number;
  /** Of the requests, those sent because another endpoint had not begun to answer. */
  readonly hedges: number;
  /** Verified bytes of files that it sent. */
  readonly bytes: number;
  readonly failures: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Why the last failure, while the state is not `up`. */
  readonly reason?: string;
}

export interface HealthOptions {
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
  /** Called when it begins to rest, and when it answers again after that. */
  readonly onChange?: (report: EndpointReport) => void;
}

/** Counts what becomes of an endpoint's requests, and breaks the circuit to it where too many fail. */
export class EndpointHealth {
  readonly url: string;
  readonly #now: () => number;
  readonly #onChange: (report: EndpointReport) => void;
  readonly #failures: Partial<Record<ErrorCode, number>> = {};
  #requests = 0;
  #hedges = 0;
  #bytes = 0;
  #inARow = 0;
  #rests = 0;
  #restsUntil = -Infinity;
  #lastError: CatnixError | undefined;

  constructor(url: string, { now = () => performance.now(), onChange = () => undefined }: HealthOptions = {}) {
    this.url = url;
    this.#now = now;
    this.#onChange = onChange;
  }

  get isResting(): boolean {
    return this.#now() < this.#restsUntil;
  }

  /** Whether the last request failed. */
  get isFailing(): boolean {
    return this.#inARow > 0;
  }

  /** Why the last request failed, if it did. */
  get lastError(): CatnixError | undefined {
    return this.#lastError;
  }

  begin(isHedge: boolean): void {
    this.#requests++;
    if (isHedge) this.#hedges++;
  }

  addBytes(count: number): void {
    this.#bytes += count;
  }

  succeed(): void {
    const wasResting = this.#restsUntil > -Infinity;
    this.#inARow = this.#rests = 0;
    this.#restsUntil = -Infinity;
    this.#lastError = undefined;
    if (wasResting) this.#onChange(this.report());
  }

  /** Counts a failed request; of a busy endpoint that says when it wants to be asked again, at once. */
  fail(error: CatnixError): void {
    this.#failures[error.code] = (this.#failures[error.code] ?? 0) + 1;
    if (ANSWERS.includes(error.code)) {
      this.succeed();
      return;
    }
    this.#countFailure(error);
    const asked = isCatnixError(error, "SWARM_BUSY") ? (error.details.retryAfterMs ?? 0) : 0;
    if (asked > 0) this.#rest(Math.min(asked, LONGEST_ASKED_MS));
  }

  report(): EndpointReport {
    const state = this.isResting ? "resting" : this.isFailing ? "failing" : "up";
    const [requests, hedges, bytes, failures] = [this.#requests, this.#hedges, this.#bytes, { ...this.#failures }];
    const reason = this.#lastError?.message;
    return { url: this.url, state, requests, hedges, bytes, failures, ...(reason !== undefined && { reason }) };
  }

  #countFailure(error: CatnixError): void {
    this.#lastError = error;
    if (++this.#inARow < FAILURES || this.isResting) return;
    this.#rest(Math.min(FIRST_REST_MS * 2 ** this.#rests++, LONGEST_REST_MS));
  }

  #rest(milliseconds: number): void {
    const wasResting = this.#restsUntil > -Infinity;
    this.#restsUntil = Math.max(this.#restsUntil, this.#now() + milliseconds);
    if (!wasResting) this.#onChange(this.report());
  }
}
