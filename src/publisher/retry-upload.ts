import pRetry from "p-retry";
import { type CatnixError, isCatnixError } from "../errors/catnix-error.js";

export interface RetryOptions {
  /** Further attempts. */
  readonly retries: number;
  /** Told why an attempt failed, before the pause that the next one is made after. */
  readonly onRetry?: ((error: CatnixError) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Uploads something, again where that failed for a reason that may pass, each time after twice the pause: half a second to half a
 * minute. A stream passes once, so the store cannot send it again; here it can be made again.
 * @param attempt makes what is sent, and sends it
 * @throws what the last attempt threw, or the signal's reason
 */
export function retryUpload<T>(attempt: () => Promise<T>, { retries, onRetry, signal }: RetryOptions): Promise<T> {
  const shouldRetry = ({ error }: { error: Error }) => isCatnixError(error) && error.retryable;
  const onFailedAttempt = ({ error, retriesLeft }: { error: Error; retriesLeft: number }) => {
    if (retriesLeft > 0 && isCatnixError(error) && error.retryable) onRetry?.(error);
  };
  const pauses = { minTimeout: 500, maxTimeout: 30_000, randomize: true };
  return pRetry(attempt, { ...pauses, retries, signal, shouldRetry, onFailedAttempt });
}
