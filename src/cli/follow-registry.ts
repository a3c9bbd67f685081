import { setTimeout as sleep } from "node:timers/promises";
import { isCatnixError } from "../errors/catnix-error.js";
import type { IndexHealth } from "../index/index-health.js";
import type { Indexer } from "../indexer/create-indexer.js";
import type { Logger } from "../log/logger.js";
import type { Registry } from "../registry/registry.js";

export interface FollowOptions {
  /** Connects to the chain and makes sure that the registry is there. */
  readonly connect: () => Promise<Registry>;
  readonly createIndexer: (registry: Registry) => Indexer;
  /** Whether there is something to serve until the endpoint answers. */
  readonly mayWait: boolean;
  /** Seconds between attempts to connect. */
  readonly pollSeconds: number;
  readonly log: Logger;
}

/** An indexer, or the wait for an endpoint that it can begin with. */
export interface Following {
  run(signal: AbortSignal): Promise<void>;
  health(): IndexHealth;
  close(): void;
}

/**
 * Connects to the registry and makes the indexer that follows it. Where there is an index already, an endpoint that does not
 * answer is no reason not to serve it: it is stale then, and the endpoint is tried again while it runs. Whatever else is
 * wrong with the endpoint at the start is for a person; later on it may pass, as when a node behind the same URL is replaced.
 * @throws CatnixError RPC_UNAVAILABLE where it may not wait; RPC_WRONG_CHAIN, REGISTRY_MISSING; what ends `connect`
 */
export async function followRegistry(options: FollowOptions): Promise<Following> {
  const following = new RegistryFollower(options);
  try {
    await following.connect();
  } catch (error) {
    if (!options.mayWait || !isCatnixError(error, "RPC_UNAVAILABLE")) throw error;
  }
  return following;
}

class RegistryFollower implements Following {
  readonly #options: FollowOptions;
  #registry: Registry | undefined;
  #indexer: Indexer | undefined;
  #stale: string | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** @throws what `connect` throws; `health` says it too */
  async connect(): Promise<Indexer> {
    const { connect, createIndexer, log } = this.#options;
    try {
      this.#registry = await connect();
    } catch (error) {
      if (isCatnixError(error)) {
        const { code, message, hint } = error;
        this.#stale = `${code}: ${message}`;
        log.warn({ code, hint }, message);
      }
      throw error;
    }
    return (this.#indexer = createIndexer(this.#registry));
  }

  async run(signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted;
    while (!this.#indexer && !isOver()) {
      await sleep(1000 * this.#options.pollSeconds, undefined, { signal }).catch(() => undefined); // aborted
      if (isOver()) return;
      await this.connect().catch((error: unknown) => {
        if (!isOver() && !isCatnixError(error)) throw error;
      });
    }
    await this.#indexer?.run(signal);
  }

  health(): IndexHealth {
    return this.#indexer?.health() ?? { stale: this.#stale };
  }

  close(): void {
    this.#registry?.close();
  }
}
