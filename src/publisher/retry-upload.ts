import pRetry from "p-retry";
import { isCatnixError } from "../errors/catnix-error.js";

/**
 * Uploads a stream, again where that failed for a reason that may pass. A stream passes once, so the store cannot send it
 * again; here it can be made again.
 * @param attempt makes the stream and sends it
 * @param retries further attempts
 * @throws what the last attempt threw, or the signal's reason
 */
export function retryUpload<T>(
  attempt: () => Promise<T>,
  { retries, signal }: { retries: number; signal?: AbortSignal | undefined },
): Promise<T> {
  const shouldRetry = ({ error }: { error: Error }) => isCatnixError(error) && error.retryable;
  return pRetry(attempt, { retries, minTimeout: 500, maxTimeout: 10_000, randomize: true, signal, shouldRetry });
}
