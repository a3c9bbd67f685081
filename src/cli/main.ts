import { CommanderError } from "commander";
import { createProgram } from "./program.js";
import { reportError, WRONG_USAGE } from "./report-error.js";

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
  else process.exitCode = reportError(error, process.argv.includes("--json"));
}
