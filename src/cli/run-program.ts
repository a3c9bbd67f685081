import { CommanderError } from "commander";
import { createProgram } from "./program.js";
import { reportError, WRONG_USAGE } from "./report-error.js";

/**
 * Runs one command, and reports its error where it has one.
 * @param args without program and script
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    return reportError(error, args.includes("--json"));
  }
}
