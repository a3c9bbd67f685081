import { setTimeout as sleep } from "node:timers/promises";
import { isCatnixError } from "../errors/catnix-error.js";
import type { IndexHealth } from "../index/index-health.js";
import type { Cursor } from "../index/index-reader.js";
import type { IndexWriter } from "../index/index-writer.js";
import type { Logger } from "../log/logger.js";
import { EventReader } from "../registry/event-reader.js";
import type { Finality } from "../registry/finality.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";
import { BackOff } from "./back-off.js";
import { type FollowSignaturesOptions, SignatureFollower } from "./follow-signatures.js";
import { fetchMissing } from "./fetch-missing.js";
import { findHalt, type Halt } from "./halt.js";
import { type Look, lookAtChain } from "./look-at-chain.js";
import { takeIn } from "./take-in.js";
import type { TakeRecordsOptions } from "./take-records.js";

export interface IndexerOptions {
  readonly registry: Registry;
  /** Where deltas, packs and records come from. */
  readonly store: ContentStore;
  readonly index: IndexWriter;
  /** The registry's, or an earlier block. */
  readonly deploymentBlock: number;
  readonly finality: Finality;
  /** Seconds between looks at the chain. */
  readonly pollSeconds: number;
  /** Blocks asked for in one `eth_getLogs`. */
  readonly logRange: number;
  /** How the Nix signatures of the charter's members are looked for while it runs; they are not where it is not given. */
  readonly members?: Pick<FollowSignaturesOptions, "owned" | "visitMs"> | undefined;
  readonly log: Logger;
}

/** What one look at the chain came to. */
export interface Step {
  /** Batches that came in. */
  readonly batches: number;
  /** Whether the endpoint was behind what was seen before, so that nothing was done. */
  readonly lagging: boolean;
  readonly cursor: Cursor | undefined;
}

/** Follows a registry into an index. One at a time: the caller does not call `step` while `run` runs. */
export interface Indexer {
  /**
   * Looks at the chain every `pollSeconds` until the signal is aborted, and ends after the batch that it is at. Failures show in
   * `health` and in the log; after one that needs a person only withdrawals are still followed, and not even those
   * where it is the chain that does not hold together.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Looks at the chain once, and takes all in that is final.
   * @throws CatnixError what `health` then says; the reason of an aborted signal
   */
  step(signal?: AbortSignal): Promise<Step>;
  health(): IndexHealth;
}

/** At most so many seconds pass between two attempts at what cannot be fetched. */
const MAX_PAUSE_SECONDS = 300;

/**
 * The indexer: it reads events, follows the hash chains, applies deltas to its own CAT and compares roots. Withdrawals count
 * from the latest block, batches from the final one (docs/spec.md, Withdrawals).
 * @throws RangeError where `logRange` is below 1
 */
export function createIndexer(options: IndexerOptions): Indexer {
  const state = new Follower(options);
  return {
    run: (signal) => state.run(signal),
    step: (signal) => state.step(signal),
    health: () => state.health(),
  };
}

/** Between two lines of progress. */
const PROGRESS_MS = 2000;

class Follower {
  readonly #options: IndexerOptions;
  readonly #log: Logger;
  readonly #events: EventReader;
  #chainBlock: number | undefined;
  #halt: Halt | undefined;
  #lastProgress = Date.now();
  /** Until a first look is all in, what the index has may be long over: blocks come in one by one. */
  #stale: string | undefined = "the chain was not followed to its end yet";
  /** When a batch that could not be taken in is tried again, and when records that Swarm lacked. */
  readonly #batchPause: BackOff;
  readonly #recordPause: BackOff;

  constructor(options: IndexerOptions) {
    this.#options = options;
    this.#log = options.log.child({ component: "indexer" });
    this.#events = new EventReader(options.registry, options.logRange, (read) => this.#logProgress(read));
    this.#batchPause = new BackOff(options.pollSeconds, MAX_PAUSE_SECONDS);
    this.#recordPause = new BackOff(options.pollSeconds, MAX_PAUSE_SECONDS);
  }

  health(): IndexHealth {
    return { chainBlock: this.#chainBlock, halted: this.#halt?.reason, stale: this.#stale };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { members } = this.#options;
    const beside = members && new SignatureFollower({ ...this.#options, ...members, log: this.#log });
    await Promise.all([this.#follow(signal), beside?.run(signal)]);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted;
    while (!isOver() && this.#halt?.of !== "chain") {
      try {
        await this.#step({ batches: this.#batchPause.isDue(), records: this.#recordPause.isDue() }, signal);
      } catch (error) {
        if (!isOver() && !isCatnixError(error)) throw error;
      }
      await pause(this.#options.pollSeconds, signal);
    }
    // Who runs a relay beside it goes on serving what the index had.
    await aborted(signal);
  }

  step(signal?: AbortSignal): Promise<Step> {
    return this.#step({ batches: true, records: true }, signal);
  }

  async #step(due: { batches: boolean; records: boolean }, signal: AbortSignal | undefined): Promise<Step> {
    const { index } = this.#options;
    if (this.#halt?.of === "chain") throw this.#halt.error;
    let look: Look | undefined;
    try {
      look = await this.#look(signal);
    } catch (error) {
      throw this.#failed(error, signal);
    }
    if (this.#halt) throw this.#halt.error;
    if (!look || !due.batches) return { batches: 0, lagging: look === undefined, cursor: index.cursor() };
    try {
      const options = { ...this.#options, storeDir: index.storeDir, log: this.#log, signal };
      const batches = await takeIn(look, options);
      if (this.#stale !== undefined) this.#log.info({ block: look.final.number }, "followed the chain to its end");
      this.#stale = undefined;
      this.#batchPause.reset();
      if (batches > 0) this.#recordPause.reset();
      if (due.records || batches > 0) await this.#fetchMissing(options);
      return { batches, lagging: false, cursor: index.cursor() };
    } catch (error) {
      this.#batchPause.failed();
      throw this.#failed(error, signal);
    }
  }

  /** Withdrawals count as soon as they are seen, whatever becomes of the batches. */
  async #look(signal: AbortSignal | undefined): Promise<Look | undefined> {
    const { index, registry, deploymentBlock, finality } = this.#options;
    const [events, seenBlock] = [this.#events, this.#chainBlock ?? 0];
    const look = await lookAtChain(index.cursor(), { registry, events, deploymentBlock, finality, seenBlock, signal });
    if (!look) {
      this.#log.debug({ seenBlock }, "the RPC lags behind what was seen before");
      return undefined;
    }
    this.#chainBlock = look.latest.number;
    index.replacePendingWithdrawals(look.withdrawals);
    return look;
  }

  /** The way from the deployment is long, and a person watches. */
  #logProgress({ block, of }: { block: number; of: number }): void {
    if (block === of || Date.now() - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = Date.now();
    this.#log.info({ block, of }, "reading the chain");
  }

  async #fetchMissing(options: Omit<TakeRecordsOptions, "saveRecords">): Promise<void> {
    if ((await fetchMissing(this.#options.index, options)) > 0) this.#recordPause.reset();
    else this.#recordPause.failed();
  }

  #failed(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted || !isCatnixError(error)) return error;
    const halt = findHalt(error);
    const { code, message, hint } = error;
    if (halt) {
      this.#halt = halt;
      this.#log.error({ code, hint }, `halted: ${message}`);
    } else {
      this.#stale = `${code}: ${message}`;
      this.#log.warn({ code, hint }, message);
    }
    return error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(1000 * seconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
