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

/** A command that runs until it is stopped. */
interface Running<T> {
  /** What it printed when it was ready. */
  readonly facts: T;
  /** As Ctrl-C does. @returns its exit status; null where a signal ended it */
  stop(): Promise<number | null>;
  /** As `kill -9` does: it can put nothing in order. */
  kill(): Promise<void>;
}

/** A `catnix dev` that runs. */
export interface RunningDev extends Omit<Running<DevNetwork>, "facts"> {
  readonly network: DevNetwork;
}

/**
 * Starts `catnix dev --json` and waits until it is ready.
 * @throws LabError COMMAND_FAILED where it ends before
 */
export async function startDev(dir: string): Promise<RunningDev> {
  const { facts, ...running } = await startCatnix<DevNetwork>(["dev", "--dir", dir, "--port", "0"]);
  return { network: facts, ...running };
}

/**
 * Starts a further `catnix serve --json` and waits until it listens.
 * @param config configuration file
 * @throws LabError COMMAND_FAILED where it ends before
 */
export async function startServe(config: string): Promise<Omit<Running<unknown>, "facts"> & { readonly url: string }> {
  const { facts, ...running } = await startCatnix<{ url: string }>(["serve", "--config", config]);
  return { url: facts.url, ...running };
}

async function startCatnix<T>(args: readonly string[]): Promise<Running<T>> {
  const child = spawn(process.execPath, [launcher, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  const errors: string[] = [];
  child.stderr.on("data", (text: Buffer) => errors.push(text.toString()));
  const ended = once(child, "exit") as Promise<[number | null]>;
  const ready = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const failed = ended.then(() => {
    throw new LabError("COMMAND_FAILED", `catnix ${args[0] ?? ""}: ${errors.join("").trim()}`);
  });
  failed.catch(() => undefined); // it will end one day, when it is stopped
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code] = await ended;
    return code;
  };
  const line = await Promise.race([ready, failed]);
  if (line.done) return await failed;
  return {
    facts: JSON.parse(line.value) as T,
    stop: () => end("SIGINT"),
    async kill() {
      await end("SIGKILL");
    },
  };
}
