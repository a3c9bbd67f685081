import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/** What `node --import` takes to run TypeScript; `import.meta.resolve` is not there where mocha loads a file by require. */
export const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** A program in a process of its own, to be read line by line and to be killed. */
export interface Program {
  readonly pid: number;
  /** The next line that it prints; undefined where it ended. */
  nextLine(): Promise<string | undefined>;
  /**
   * Reads so many lines, waits so long, and kills it as `kill -9` does, unless it has ended before.
   * @returns the lines, and whether it was killed
   */
  killAfter(moment: { lines: number; milliseconds: number }): Promise<{ lines: string[]; killed: boolean }>;
  kill(): Promise<void>;
}

/** Starts a TypeScript program of the tests, or any other with its arguments. */
export function startProgram(script: string, args: readonly string[]): Program {
  return startCommand(process.execPath, ["--import", TSX, script, ...args]);
}

export function startCommand(program: string, args: readonly string[]): Program {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const iterator = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { done, value } = await iterator.next();
    return done === true ? undefined : value;
  };
  const kill = async () => {
    child.kill("SIGKILL");
    await closed;
  };
  return {
    pid: child.pid!,
    nextLine,
    kill,
    async killAfter({ lines: wanted, milliseconds }) {
      const lines: string[] = [];
      for (let line; lines.length < wanted && (line = await nextLine()) !== undefined;) lines.push(line);
      await sleep(milliseconds);
      await kill();
      return { lines, killed: child.signalCode === "SIGKILL" };
    },
  };
}
