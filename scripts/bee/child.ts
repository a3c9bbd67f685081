import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../lab/lab-error.js";

/** A program that runs until it is killed, with what it prints in a file. */
export interface Child {
  readonly pid: number;
  /** Whether it has ended, by whomever. */
  readonly ended: boolean;
  /** What it has printed so far, to either stream. */
  output(): Promise<string>;
  /**
   * What `look` finds, asked again until it finds something. What `look` throws counts as nothing.
   * @throws LabError BEE_FAILED where the program ends first, or a minute passes; the reason of an aborted signal
   */
  until<T>(what: string, look: () => Promise<T | undefined>): Promise<T>;
  /** As `kill -9` does, until it is gone. */
  kill(): Promise<void>;
}

/** Ends it with us however we end: a child alone would outlive a kill -9. */
const SETPRIV = "/usr/bin/setpriv";
const PATIENCE_MS = 60_000;
const POLL_MS = 50;

/** @param options.home its home, so that it touches nothing of the caller's */
export async function startChild(
  program: string,
  args: readonly string[],
  options: { name: string; logFile: string; home: string; signal?: AbortSignal | undefined },
): Promise<Child> {
  const { name, logFile, home, signal } = options;
  const log = await open(logFile, "w");
  const [file, ...before] = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", program] : [program];
  const child = spawn(file, [...before, ...args], {
    stdio: ["ignore", log.fd, log.fd],
    env: { ...process.env, HOME: home },
    detached: true, // Ctrl-C in the terminal is ours to handle
  });
  const exited = once(child, "exit");
  exited.catch(() => undefined);
  await Promise.race([once(child, "spawn"), exited]);
  await log.close();
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const output = () => readFile(logFile, "utf8");
  return {
    pid: child.pid!,
    get ended() {
      return hasEnded();
    },
    output,
    async until(what, look) {
      const deadline = performance.now() + PATIENCE_MS;
      for (let reason = ""; ;) {
        signal?.throwIfAborted();
        const found = await look().catch((error: unknown) => void (reason = (error as Error).message));
        if (found !== undefined) return found;
        const late = performance.now() > deadline;
        if (late || hasEnded()) {
          const last = (await output()).trim().split("\n").slice(-3).join(" / ");
          const why = hasEnded() ? "it ended" : `waited in vain for ${what}${reason && `: ${reason}`}`;
          throw new LabError("BEE_FAILED", `${name}: ${why}: ${last}`);
        }
        await sleep(POLL_MS);
      }
    },
    async kill() {
      if (!hasEnded()) child.kill("SIGKILL");
      await exited;
    },
  };
}
