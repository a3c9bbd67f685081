import { spawn } from "node:child_process";
import { constants } from "node:os";
import { LabError } from "./lab-error.js";

/** How a command ended. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit status; 128 + n after signal n, 127 where there is no such program, as a shell has it. */
  readonly code: number;
}

export interface RunOptions {
  /** The whole environment; the caller's own where it is left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Ends the command with SIGTERM (Nix then ends its builders itself). */
  readonly signal?: AbortSignal;
  /** Throw where the exit status is not 0. */
  readonly check?: boolean;
  /** The most bytes of stdout and of stderr that are kept, each; the rest is read and dropped. Default 256 MiB. */
  readonly maxBytes?: number;
}

/**
 * Runs a program, without a shell and without stdin, and collects what it prints (UTF-8).
 * @throws LabError COMMAND_FAILED with `check`, where the status is not 0; nothing otherwise
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  const result = await spawnAndCollect(program, args, options);
  if (options.check === true && result.code !== 0) {
    throw new LabError("COMMAND_FAILED", `${program} ${args[0] ?? ""}: status ${result.code}: ${lastLines(result)}`);
  }
  return result;
}

function spawnAndCollect(program: string, args: readonly string[], options: RunOptions): Promise<CommandResult> {
  const { env, cwd, signal, maxBytes = 256 * 1024 * 1024 } = options;
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve({ stdout: "", stderr: "", code: 128 + constants.signals.SIGTERM });
      return;
    }
    const child = spawn(program, args, { env, cwd, signal, stdio: ["ignore", "pipe", "pipe"] });
    const stdout = collectUpTo(child.stdout, maxBytes);
    const stderr = collectUpTo(child.stderr, maxBytes);
    let startFailure: Error | undefined;
    child.on("error", (error) => {
      if (child.pid === undefined) startFailure = error; // otherwise the abort: "close" follows
    });
    child.on("close", (code, killedBy) => {
      resolve({
        stdout: stdout(),
        stderr: startFailure?.message ?? stderr(),
        code: startFailure ? 127 : killedBy ? 128 + constants.signals[killedBy] : (code ?? 0),
      });
    });
  });
}

function collectUpTo(stream: NodeJS.ReadableStream, maxBytes: number): () => string {
  const chunks: Buffer[] = [];
  let room = maxBytes;
  stream.on("data", (chunk: Buffer) => {
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function lastLines({ stdout, stderr }: CommandResult): string {
  return (stderr.trim() || stdout.trim()).split("\n").slice(-3).join(" / ");
}
