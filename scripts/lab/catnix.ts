import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { DevNetwork } from "../../src/cli/dev/dev-network.js";
import { LabError } from "./lab-error.js";
import { type CommandResult, runCommand } from "./run-command.js";

const launcher = fileURLToPath(new URL("../../bin/catnix.js", import.meta.url));

/** Runs a command of catnix as a user would: the built program, in a process of its own. */
export function runCatnix(
  args: readonly string[],
  options: { cwd?: string; check?: boolean } = {},
): Promise<CommandResult> {
  return runCommand(process.execPath, [launcher, ...args], options);
}

/** Runs a command with `--json` and gives what it prints. @throws LabError COMMAND_FAILED */
export async function askCatnix<T>(args: readonly string[]): Promise<T> {
  const { stdout } = await runCatnix([...args, "--json"], { check: true });
  return JSON.parse(stdout) as T;
}

/** A `catnix dev` that runs. */
export interface RunningDev {
  readonly network: DevNetwork;
  /** As Ctrl-C does. @returns its exit status */
  stop(): Promise<number | null>;
}

/**
 * Starts `catnix dev --json` and waits until it is ready.
 * @throws LabError COMMAND_FAILED where it ends before
 */
export async function startDev(dir: string): Promise<RunningDev> {
  const args = [launcher, "dev", "--dir", dir, "--port", "0", "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const errors: string[] = [];
  child.stderr.on("data", (text: Buffer) => errors.push(text.toString()));
  const ended = once(child, "exit") as Promise<[number | null]>;
  const ready = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const failed = ended.then(() => {
    throw new LabError("COMMAND_FAILED", `catnix dev: ${errors.join("").trim()}`);
  });
  const line = await Promise.race([ready, failed]);
  failed.catch(() => undefined); // it will end one day, when it is stopped
  return {
    network: JSON.parse(String(line.value)) as DevNetwork,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
      const [code] = await ended;
      return code;
    },
  };
}
