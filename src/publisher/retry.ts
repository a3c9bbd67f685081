import pRetry from "p-retry";
import { isCatnixError } from "../errors/catnix-error.js";

/** How often, and until when, an upload is tried again. */
export interface RetryOptions {
  /** Further attempts at what failed for a reason that may pass. */
  readonly retries: number;
  readonly signal: AbortSignal;
}

/** A stream passes once, so the store cannot send it again; here it can be made again. */
export function retry<T>(attempt: () => Promise<T>, { retries, signal }: RetryOptions): Promise<T> {
  const shouldRetry = ({ error }: { error: Error }) => isCatnixError(error) && error.retryable;
  return pRetry(attempt, { retries, minTimeout: 500, maxTimeout: 10_000, randomize: true, signal, shouldRetry });
}
