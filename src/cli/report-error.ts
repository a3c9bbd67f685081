import pc from "picocolors";
import { isCatnixError } from "../errors/catnix-error.js";
import type { ErrorCode } from "../errors/descriptors.js";

/** Ended by the user: what a shell expects of Ctrl-C. */
const INTERRUPTED = 130;
/** EX_USAGE of sysexits.h: the arguments are wrong. */
export const WRONG_USAGE = 64;

/** What a command that ends with this error exits with. */
export function exitCodeOf(code: ErrorCode): number {
  return code === "USAGE" ? WRONG_USAGE : 1;
}

/**
 * Prints an error on standard error: what happened, its code, what to do. A stack is shown for mistakes in catnix itself,
 * and with CATNIX_DEBUG=1.
 * @returns the exit code
 */
export function reportError(error: unknown, json: boolean): number {
  if (error instanceof Error && error.name === "AbortError") return INTERRUPTED;
  if (!isCatnixError(error)) {
    console.error(error);
    console.error("This is a mistake in catnix itself: please report it with the lines above.");
    return 2;
  }
  if (json) console.error(JSON.stringify({ error }));
  else {
    const { number } = error.toJSON();
    console.error(`${pc.red("error")}: ${error.message} ${pc.dim(`[${error.code} ${number}]`)}`);
    console.error(`${pc.cyan("hint")}: ${error.hint}`);
  }
  if (process.env["CATNIX_DEBUG"] === "1") console.error(error);
  return exitCodeOf(error.code);
}
