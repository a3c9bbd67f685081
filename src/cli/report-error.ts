import { isCatnixError } from "../errors/catnix-error.js";
import type { ErrorCode } from "../errors/descriptors.js";
import { printableJson } from "../errors/printable.js";
import { colorsFor } from "./colors.js";

/** Ended by the user: what a shell expects of Ctrl-C, and of SIGTERM. */
const [INTERRUPTED, TERMINATED] = [130, 143];
/** EX_USAGE of sysexits.h: the arguments are wrong. */
export const WRONG_USAGE = 64;
/** Nothing is wrong with what a registry says; it only does not say all that --strict asks for (docs/verifying.md). */
const UNKNOWN_PATHS = 3;
/** Something is wrong with a local store: not the same as that nothing could be found out (docs/verifying.md). */
const WRONG_PATHS = 4;

/** What a command that ends with this error exits with. */
export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case "USAGE":
      return WRONG_USAGE;
    case "PATHS_UNKNOWN":
      return UNKNOWN_PATHS;
    case "VERIFICATION_FAILED":
      return WRONG_PATHS;
    default:
      return 1;
  }
}

/**
 * Prints an error on standard error: what happened, its code, what to do. A stack is shown for mistakes in catnix itself,
 * and with CATNIX_DEBUG=1.
 * @returns the exit code
 */
export function reportError(error: unknown, json: boolean): number {
  if (error instanceof Error && error.name === "AbortError")
    return isOf("SIGTERM", error) || isOf("SIGTERM", error.cause) ? TERMINATED : INTERRUPTED;
  if (!isCatnixError(error)) {
    console.error(error);
    console.error("This is a mistake in catnix itself: please report it with the lines above.");
    return 2;
  }
  if (json) console.error(printableJson({ error }));
  else {
    const { number } = error.toJSON();
    const pc = colorsFor(process.stderr);
    console.error(`${pc.red("error")}: ${error.message} ${pc.dim(`[${error.code} ${number}]`)}`);
    console.error(`${pc.cyan("hint")}: ${error.hint}`);
  }
  if (process.env["CATNIX_DEBUG"] === "1") console.error(error);
  return exitCodeOf(error.code);
}

/** Node's own timers and prompts wrap the reason of a signal. */
function isOf(signal: NodeJS.Signals, error: unknown): boolean {
  return error instanceof Error && error.message === signal;
}
