import { fileURLToPath } from "node:url";
import { type CommandResult, runCommand } from "../../../scripts/lab/run-command.js";

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const tsx = import.meta.resolve("tsx");

/** The program and its arguments that run catnix from its sources. */
export function cliCommand(args: readonly string[]): [program: string, args: string[]] {
  return [process.execPath, ["--import", tsx, main, ...args]];
}

/** Runs catnix from its sources, in a process without a terminal and without the caller's settings. */
export function runCli(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<CommandResult> {
  const env = { PATH: process.env["PATH"], ...options.env };
  const cwd = options.cwd === undefined ? {} : { cwd: options.cwd };
  return runCommand(...cliCommand(args), { env, ...cwd });
}

/** The code of the error that a command with `--json` ended with. */
export function errorCodeOf({ stderr }: CommandResult): string {
  return (JSON.parse(stderr) as { error: { code: string } }).error.code;
}
