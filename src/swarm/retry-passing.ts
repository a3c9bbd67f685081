import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { isCatnixError } from "../errors/catnix-error.js";

/** What is likely to pass within a second. Missing content is not: that is for another endpoint, or for later. */
const PASSING = ["SWARM_UNREACHABLE", "SWARM_BUSY", "SWARM_TRUNCATED", "SWARM_UPLOAD_FAILED"] as const;
/** The longest that Retry-After is waited for; who wants more time gets none of it within one call, in milliseconds. */
const PATIENCE_MS = 5000;

/**
 * Runs `call`, again after a pause where it failed for a reason that may pass: a growing one, or the one that a busy node asks
 * for (RFC 9110, section 10.2.3). For calls that may be repeated.
 * @param retries further attempts
 * @throws what the last attempt threw, or the signal's reason
 */
export function retryPassing<T>(
  call: () => Promise<T>,
  { retries, signal }: { retries: number; signal?: AbortSignal | undefined },
): Promise<T> {
  return pRetry(call, {
    ...{ retries, signal, minTimeout: 100, maxTimeout: 2000, randomize: true },
    shouldRetry: ({ error }) => isCatnixError(error, ...PASSING) && askedPause(error) <= PATIENCE_MS,
    async onFailedAttempt({ error, retriesLeft }) {
      const pause = askedPause(error);
      if (retriesLeft === 0 || pause === 0 || pause > PATIENCE_MS) return;
      await sleep(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
    },
  });
}

function askedPause(error: Error): number {
  return isCatnixError(error, "SWARM_BUSY") ? (error.details.retryAfterMs ?? 0) : 0;
}
