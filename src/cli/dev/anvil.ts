import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { CatnixError } from "../../errors/catnix-error.js";

/** A chain in memory, which mines a block only where it is told to. */
export interface Anvil {
  readonly rpcUrl: string;
  /** Fulfilled once its process has ended, by whomever. */
  readonly ended: Promise<unknown>;
  /** Its blocks are gone then. */
  close(): Promise<void>;
}

const START_MS = 20_000;
/** Ends the chain with us however we end: a child alone would outlive a kill -9. */
const SETPRIV = "/usr/bin/setpriv";
/** As many as anvil has by itself, since tools and scripts count on several. In the first block: another number makes other blocks. */
const ACCOUNTS = 10;
/** Named, so that another version of anvil makes the same blocks. */
const HARDFORK = "osaka";

/**
 * Starts anvil on a free port of 127.0.0.1.
 * @param options.genesisTime the first block's, seconds since 1970
 * @param options.spillDir where it puts states of old blocks once there are many; emptied, since they are of no use later
 * @throws CatnixError DEV_CHAIN_FAILED
 */
export async function startAnvil(options: { chainId: number; genesisTime: number; spillDir: string }): Promise<Anvil> {
  const { chainId, genesisTime, spillDir } = options;
  await rm(spillDir, { recursive: true, force: true });
  const settings = {
    ...{ host: "127.0.0.1", port: 0, "chain-id": chainId, accounts: ACCOUNTS },
    ...{ timestamp: genesisTime, hardfork: HARDFORK, "cache-path": spillDir },
  };
  const [program, ...before] = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", findAnvil()] : [findAnvil()];
  const named = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // What it is sent went through our own limit (listen-rpc.ts); anvil's own, of 2 MB, closes the connection in mid-call.
  const args = [...before, "--no-mining", "--no-request-size-limit", ...named];
  // A process group of its own: Ctrl-C in the terminal is ours to handle.
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const close = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  try {
    return { rpcUrl: await readUrl(child), ended, close };
  } catch (error) {
    await close();
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
