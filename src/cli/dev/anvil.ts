import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { CatnixError } from "../../errors/catnix-error.js";

/** A chain on this machine. */
export interface DevChain {
  readonly rpcUrl: string;
  /** Ends it; its state is in the file then. */
  close(): Promise<void>;
}

const START_MS = 20_000;
/** Seconds after which the state is in the file also where the chain is killed with all the rest, or the power fails. */
const SAVE_SECONDS = 1;
/** Ends the chain with us however we end: a child alone would outlive a kill -9. */
const SETPRIV = "/usr/bin/setpriv";

/**
 * Starts anvil on 127.0.0.1.
 * @param options.stateFile where its state is read from, and written to every second and at its end
 * @param options.port 0 for any free one
 * @throws CatnixError DEV_CHAIN_FAILED
 */
export async function startAnvil(options: { stateFile: string; port: number; chainId: number }): Promise<DevChain> {
  const { stateFile, port, chainId } = options;
  const kept = { state: stateFile, "state-interval": SAVE_SECONDS };
  const settings = { host: "127.0.0.1", port, "chain-id": chainId, ...kept, accounts: 1 };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [program, ...before] = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "TERM", findAnvil()] : [findAnvil()];
  // A process group of its own: Ctrl-C in the terminal is ours to handle.
  const child = spawn(program, [...before, ...args], { stdio: ["ignore", "pipe", "pipe"], detached: true });
  try {
    const rpcUrl = await readUrl(child);
    return { rpcUrl, close: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function findAnvil(): string {
  try {
    return createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/bin/anvil");
  } catch (error) {
    throw new CatnixError(
      "DEV_CHAIN_FAILED",
      { reason: "@foundry-rs/anvil-linux-amd64 is not installed" },
      { cause: error },
    );
  }
}

async function readUrl(child: ChildProcess): Promise<string> {
  const failed = (reason: string) => new CatnixError("DEV_CHAIN_FAILED", { reason });
  const errors: string[] = [];
  child.stderr!.on("data", (text: Buffer) => errors.push(text.toString()));
  const timer = setTimeout(() => child.kill("SIGKILL"), START_MS);
  try {
    const gone = once(child, "exit").then(() => {
      throw failed(findReason(errors.join("")));
    });
    return await Promise.race([gone, readListening(child)]);
  } catch (error) {
    throw error instanceof CatnixError ? error : failed((error as Error).message);
  } finally {
    clearTimeout(timer);
    child.stdout!.resume();
  }
}

/** anvil says what is wrong in its first line, and what it thinks of its options in the last. */
function findReason(errors: string): string {
  const [line = ""] = errors.trim().split("\n");
  return line.replace(/^error: /i, "") || "it ended";
}

async function readListening(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const address = /^Listening on (127\.0\.0\.1:[0-9]+)/.exec(line)?.[1];
    if (address !== undefined) return `http://${address}`;
  }
  return new Promise(() => undefined); // its end is the other half of the race
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
