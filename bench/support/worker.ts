import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { limitHeap } from "../../src/cli/limit-heap.js";

/** What a process of its own does when it is asked. */
export type Handlers = Record<string, (argument: never) => unknown>;

interface Question {
  readonly id: number;
  readonly call: string;
  readonly argument: unknown;
}

type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

/** In the child: answers until the parent is gone. */
export function serveHandlers(handlers: Handlers): void {
  limitHeap(); // as `catnix` does
  process.on("message", ({ id, call, argument }: Question) => {
    void Promise.resolve(argument)
      .then((given) => handlers[call]!(given as never))
      .then(
        (value) => process.send!({ id, value } satisfies Answer),
        (error: unknown) => process.send!({ id, error: String((error as Error).stack) } satisfies Answer),
      );
  });
  process.on("disconnect", () => process.exit());
}

/** What `bin/catnix.js` starts with. */
const HEAP = ["--max-semi-space-size=8"];
const ARENAS = { MALLOC_ARENA_MAX: "2" };

/** Linux's USER_HZ, which is 100 wherever Node runs. */
const TICKS = 100;

export interface Usage {
  /** The most memory that it had at a time (`VmHWM`). */
  readonly peakBytes: number;
  /** Processor time, user and system: a busy machine makes it little longer. */
  readonly cpuSeconds: number;
}

/** A process whose time and memory are measured apart from those of the others. */
export class Worker<H extends Handlers> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #questions = 0;

  /** @param file a program that calls {@link serveHandlers} */
  constructor(
    readonly name: string,
    file: URL,
  ) {
    this.#child = fork(file, {
      execArgv: [...process.execArgv, ...HEAP],
      env: { ...process.env, ...ARENAS },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(`${name}: ${error}`));
    });
    this.#child.on("exit", (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${name} ended: ${code ?? signal}`));
    });
  }

  ask<C extends keyof H & string>(call: C, argument: Parameters<H[C]>[0]): Promise<Awaited<ReturnType<H[C]>>> {
    const id = this.#questions++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, call, argument } satisfies Question);
    });
  }

  /** What the process has used until now. */
  usage(): Usage {
    return readUsage(this.#child.pid!);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.disconnect();
    await gone;
  }
}

/** Of one process with all its threads, as Linux counts it. */
function readUsage(pid: number): Usage {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  // The name, field 2, may hold anything but ends with the last bracket; user and system time are fields 14 and 15.
  const [, fields] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))!;
  const [user, system] = fields!.split(" ").slice(11, 13).map(Number) as [number, number];
  return { peakBytes: 1024 * Number(kilobytes), cpuSeconds: (user + system) / TICKS };
}
