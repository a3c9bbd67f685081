import { CommanderError } from "commander";
import { CatnixError } from "../errors/catnix-error.js";
import { createProgram } from "./program.js";
import { reportError, WRONG_USAGE } from "./report-error.js";

/**
 * Runs one command, and reports its error where it has one.
 * @param args without program and script
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const json = args.includes("--json");
  try {
    await createProgram({ json }).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, json);
    if (error.exitCode === 0) return 0;
    return json ? reportError(new CatnixError("USAGE", { reason: reasonOf(error) }), json) : WRONG_USAGE;
  }
}

/** A group of commands without one has nothing to say but its help. */
function reasonOf({ code, message }: CommanderError): string {
  return code === "commander.help" ? "a command is missing" : message.replace(/^error: /, "");
}
