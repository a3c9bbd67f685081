import { fileURLToPath } from "node:url";
import { type CommandResult, runCommand } from "../../../scripts/lab/run-command.js";
import { runProgram } from "../../../src/cli/run-program.js";
import { TSX } from "../../support/start-program.js";

const sources = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const built = fileURLToPath(new URL("../../../bin/catnix.js", import.meta.url));

/** The program and its arguments that run catnix: as it was built where `npm test` has just done that, else from its sources. */
export function cliCommand(args: readonly string[]): [program: string, args: string[]] {
  const how = process.env["CATNIX_BUILT"] === undefined ? ["--import", TSX, sources] : [built];
  return [process.execPath, [...how, ...args]];
}

/** Runs catnix ({@link cliCommand}) in a process without a terminal and without the caller's settings. */
export function runCli(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<CommandResult> {
  const env = { PATH: process.env["PATH"], ...options.env };
  const cwd = options.cwd === undefined ? {} : { cwd: options.cwd };
  return runCommand(...cliCommand(args), { env, ...cwd });
}

/** Runs a command in this process, whose settings it sees: some seconds sooner. */
export async function runHere(args: readonly string[]): Promise<CommandResult> {
  const printed = { stdout: "", stderr: "" };
  const streams = ["stdout", "stderr"] as const;
  const writers = streams.map((name) => process[name].write.bind(process[name]));
  for (const name of streams)
    process[name].write = (text: string | Uint8Array) => {
      printed[name] += typeof text === "string" ? text : Buffer.from(text).toString();
      return true;
    };
  try {
    const code = await runProgram(args);
    return { ...printed, code };
  } finally {
    streams.forEach((name, at) => (process[name].write = writers[at]!));
  }
}

/** The code of the error that a command with `--json` ended with. */
export function errorCodeOf({ stderr }: CommandResult): string {
  return (JSON.parse(stderr) as { error: { code: string } }).error.code;
}
