import { isCatnixError } from "../../errors/catnix-error.js";

/** What one check came to. */
export interface Finding {
  /** What was looked at, such as `clock`. */
  readonly check: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to do about it, one sentence; where it is not ok. */
  readonly hint?: string;
  /** The error that it failed with, where it was one of catnix. */
  readonly code?: string;
}

/** For one check, in milliseconds, and for one request within it. */
const CHECK_MS = 10_000;
export const REQUEST_MS = 4000;

export const ok = (check: string, message: string): Finding => ({ check, status: "ok", message });
export const warn = (check: string, message: string, hint: string): Finding => ({
  check,
  status: "warn",
  message,
  hint,
});
export const fail = (check: string, message: string, hint: string): Finding => ({
  check,
  status: "fail",
  message,
  hint,
});

/**
 * Runs one check: what goes wrong in it is what it found, and silence counts as such.
 * @param signal ends the whole doctor
 * @throws the signal's reason; what is no CatnixError
 */
export async function runCheck(
  check: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Finding | readonly Finding[]>,
): Promise<Finding[]> {
  signal.throwIfAborted();
  const time = AbortSignal.timeout(CHECK_MS);
  try {
    const either = AbortSignal.any([signal, time]);
    return [await Promise.race([work(either), abortOf(either)])].flat();
  } catch (error) {
    signal.throwIfAborted();
    if (isCatnixError(error)) return [{ ...fail(check, error.message, error.hint), code: error.code }];
    if (time.aborted)
      return [
        fail(
          check,
          `no answer within ${CHECK_MS / 1000} s`,
          "Look at what it should answer, and at the network between.",
        ),
      ];
    throw error;
  }
}

/** Also what does not heed its signal is not waited for. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
