import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { CatnixError } from "../../errors/catnix-error.js";
import type { BuildLog } from "./build-log.js";

/** Ends Nix with us however we end, and Nix ends its builders: alone they would outlive a kill -9. */
const SETPRIV = "/usr/bin/setpriv";
/** How long Nix has to end its builders, in milliseconds, before it is killed: the kernel ends them then. */
const GRACE_MS = 5000;
/** As shells and setpriv(1) have it. */
const STATUS_NOT_FOUND = 127;
const STATUS_AFTER_SIGNAL = 128;

export interface NixRun {
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** What it reads from standard input; nothing where not given. */
  readonly input?: string | undefined;
  /** Gets all that it prints. */
  readonly log: BuildLog;
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Runs `nix-store` in a process group of its own and waits until it has ended. At the time limit and at the signal Nix is told to
 * end, which ends its builders; where it does not heed that, it is killed.
 * @returns its exit status, 128 where a signal ended it; undefined where the time was up
 * @throws CatnixError NIX_UNUSABLE where there is no such program; DISK_FULL, FILE_UNWRITABLE of the log; the signal's reason
 */
export async function runNixStore(run: NixRun): Promise<number | undefined> {
  const { args, env, input, log, timeoutMs, signal } = run;
  signal.throwIfAborted();
  const [program, before] = existsSync(SETPRIV) ? [SETPRIV, ["--pdeathsig", "TERM", "nix-store"]] : ["nix-store", []];
  const child = spawn(program, [...before, ...args], { env, stdio: ["pipe", "pipe", "pipe"], detached: true });
  const unkept = new AbortController();
  for (const stream of [child.stdout, child.stderr]) keepOutput(stream, log, unkept);
  const timeUp = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const stopSignal = AbortSignal.any([signal, unkept.signal, ...(timeUp ? [timeUp] : [])]);
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    killGroup(child, "SIGTERM");
    killer = setTimeout(() => killGroup(child, "SIGKILL"), GRACE_MS);
  };
  stopSignal.addEventListener("abort", stop, { once: true });
  child.stdin.on("error", () => undefined); // it ended without reading all: its status tells
  child.stdin.end(input);
  try {
    const status = await waitFor(child);
    signal.throwIfAborted();
    unkept.signal.throwIfAborted();
    if (status === STATUS_NOT_FOUND) throw new CatnixError("NIX_UNUSABLE", { reason: "there is no nix-store" });
    return timeUp?.aborted ? undefined : status;
  } finally {
    stopSignal.removeEventListener("abort", stop);
    clearTimeout(killer);
  }
}

/** @param unkept aborted where the log cannot be written */
function keepOutput(stream: Readable, log: BuildLog, unkept: AbortController): void {
  stream.on("data", (piece: Buffer) => {
    try {
      log.write(piece);
    } catch (error) {
      unkept.abort(error);
    }
  });
}

/** @throws CatnixError NIX_UNUSABLE */
function waitFor(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      if (child.pid !== undefined) return; // a signal that could not be sent
      reject(new CatnixError("NIX_UNUSABLE", { reason: cause.message }, { cause }));
    });
    child.once("close", (status) => resolve(status ?? STATUS_AFTER_SIGNAL));
  });
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}
