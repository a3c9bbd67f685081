import pLimit from "p-limit";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import type { AnvilClient } from "./anvil-client.js";
import type { ChainJournal, JournalEntry } from "./chain-journal.js";
import { INVALID_PARAMS, METHOD_NOT_FOUND, type RpcCall, RpcError } from "./rpc-call.js";
import { kindOf, parseMine, transactionMethod } from "./rpc-methods.js";

/** What anvil fills in itself where a transaction from an account of its own does not say it. */
const FILLED = ["nonce", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"];
const SET_AUTOMINE = "evm_setAutomine";
const MINE = "anvil_mine";

/**
 * A chain that a kill at any moment takes nothing from. Anvil has its blocks, in memory, and the journal what made them:
 * nobody sees a block before that is on the disk. So it is from here that blocks are mined, one change after the other;
 * anvil mines none by itself.
 */
export class KeptChain {
  readonly #anvil: AnvilClient;
  readonly #journal: ChainJournal;
  /** The journal's order is the chain's. */
  readonly #oneAtATime = pLimit(1);
  #automine = true;
  /** Numbers of the snapshots that can be gone back to, ascending. */
  #snapshots: number[] = [];

  constructor(anvil: AnvilClient, journal: ChainJournal) {
    this.#anvil = anvil;
    this.#journal = journal;
  }

  /**
   * Makes the journal's blocks again. The clock goes on from the machine's, or from the last block where that one is in the
   * future.
   * @param dir the folder, for errors
   * @throws CatnixError DEV_FOLDER_BROKEN where other blocks come of it; DEV_CHAIN_ENDED
   */
  async replay(dir: string): Promise<void> {
    let count = 0;
    try {
      for (const entry of this.#journal.entries()) {
        count++;
        if ((await this.#anvil.latestBlock()).hash !== entry.parent) throw new Error("its blocks come out differently");
        await this.#replayEntry(entry);
      }
    } catch (error) {
      if (isCatnixError(error, "DEV_CHAIN_ENDED")) throw error;
      const reason = `entry ${count} of its chain's journal: ${(error as Error).message}`;
      throw new CatnixError("DEV_FOLDER_BROKEN", { dir, reason }, { cause: error });
    }
    const now = Math.floor(Date.now() / 1000);
    if (now > (await this.#anvil.latestBlock()).timestamp) await this.#anvil.call("evm_setTime", [now]);
  }

  async #replayEntry(entry: JournalEntry): Promise<void> {
    try {
      await this.#apply(entry);
    } catch (error) {
      // What anvil refused, it refuses again; only a transaction is in the journal because it was accepted.
      if (!(error instanceof RpcError) || kindOf(entry.method) === "transaction") throw error;
    }
  }

  /**
   * Answers a call.
   * @returns its result
   * @throws RpcError
   * @throws CatnixError DEV_CHAIN_ENDED; DISK_FULL, DATABASE_FAILED where a change cannot be kept: it was not made then
   */
  async answer({ method, params }: RpcCall): Promise<unknown> {
    switch (kindOf(method)) {
      case "read":
        return this.#anvil.call(method, params);
      case "clock":
        return this.#oneAtATime(() => this.#turnClock(method, params));
      case "automine":
        return this.#oneAtATime(() => this.#answerAutomine(method, params));
      case "mine":
        return this.#oneAtATime(() => this.#mine(method, params));
      case "transaction":
        return this.#oneAtATime(() => this.#send(method, params));
      case "revert":
        return this.#oneAtATime(() => this.#revert(method, params));
      case "act":
      case "snapshot":
        return this.#oneAtATime(() => this.#change({ method, params }));
      case "refused":
        throw new RpcError(METHOD_NOT_FOUND, `the chain of \`catnix dev\` does not know ${method}`);
    }
  }

  /** Anvil would turn its clock behind its last block, and mine blocks that it does not mine again where it is told their times. */
  async #turnClock(method: string, params: readonly unknown[]): Promise<unknown> {
    const result = await this.#anvil.call(method, params);
    const { timestamp } = await this.#anvil.latestBlock();
    if ((await this.#anvil.nextBlock()).timestamp >= timestamp) return result;
    await this.#anvil.call("evm_setTime", [timestamp]);
    throw new RpcError(INVALID_PARAMS, `the clock would be behind the last block, whose time is ${timestamp}`);
  }

  async #answerAutomine(method: string, params: readonly unknown[]): Promise<unknown> {
    if (method.endsWith("getAutomine")) return this.#automine;
    return this.#change({ method: SET_AUTOMINE, params: [params[0] === true] });
  }

  /**
   * Going back takes the later snapshots along (the rule of Ganache and Hardhat): anvil remembers them, and one whose block
   * is gone leaves it without a latest block for good.
   */
  async #revert(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.#snapshots.includes(Number(params[0])) ? this.#change({ method, params }) : false;
  }

  async #mine(method: string, params: readonly unknown[]): Promise<unknown> {
    const isEvm = method === "evm_mine";
    const { blocks, time, interval } = parseMine(method, params);
    const next = await this.#anvil.nextBlock();
    const first = time ?? next.timestamp + interval;
    await this.#change({ method: MINE, params: [blocks, interval], time: first, parent: next.parent });
    return isEvm ? "0x0" : null;
  }

  /** Journals first: a change that is not made is no harm, one that is forgotten is. */
  async #change(change: Omit<JournalEntry, "time" | "parent"> & Partial<JournalEntry>): Promise<unknown> {
    const entry = { time: null, parent: change.parent ?? (await this.#anvil.latestBlock()).hash, ...change };
    this.#journal.append(entry);
    return this.#apply(entry);
  }

  /** Into the pool, which is nobody's yet; then into the journal; then into a block. */
  async #send(name: string, params: readonly unknown[]): Promise<unknown> {
    const { method, sync } = transactionMethod(name)!;
    const { timestamp, parent } = await this.#anvil.nextBlock();
    const time = this.#automine ? timestamp : null;
    const hash = (await this.#anvil.call(method, params)) as string;
    try {
      const all = method === "eth_sendRawTransaction" ? params : [await this.#complete(hash, params[0] as object)];
      this.#journal.append({ method, params: all, time, parent });
    } catch (error) {
      await this.#anvil.call("anvil_dropTransaction", [hash]);
      throw error;
    }
    if (time !== null) await this.#anvil.mine(time);
    return sync ? this.#anvil.call("eth_getTransactionReceipt", [hash]) : hash;
  }

  /** The transaction with what anvil chose for it, which it might choose differently another time. */
  async #complete(hash: string, given: object): Promise<object> {
    const found = (await this.#anvil.call("eth_getTransactionByHash", [hash])) as Record<string, unknown>;
    const isLegacy = found["maxFeePerGas"] === undefined || found["maxFeePerGas"] === null;
    const chosen = FILLED.filter((name) => (name === "gasPrice" ? isLegacy : (found[name] ?? null) !== null));
    return { ...given, ...Object.fromEntries(chosen.map((name) => [name, found[name]])) };
  }

  async #apply({ method, params, time }: JournalEntry): Promise<unknown> {
    if (method === SET_AUTOMINE) {
      this.#automine = params[0] === true;
      return null;
    }
    if (method === MINE) {
      const [blocks, interval] = params as [number, number];
      for (let at = 0; at < blocks; at++) await this.#anvil.mine(time! + at * interval);
      return null;
    }
    const result = await this.#anvil.call(method, params);
    if (kindOf(method) === "snapshot") this.#snapshots.push(Number(result));
    if (kindOf(method) === "revert")
      this.#snapshots = this.#snapshots.filter((snapshot) => snapshot < Number(params[0]));
    if (time !== null) await this.#anvil.mine(time);
    return result;
  }
}
