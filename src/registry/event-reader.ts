import { isError } from "ethers";
import { isCatnixError } from "../errors/catnix-error.js";
import { askChain } from "./ask-chain.js";
import { readHistory, type RegistryEvent } from "./history.js";
import type { Registry } from "./registry.js";

/** Reads events in ranges of blocks that the endpoint can bear: half as many after a refusal, then growing again. */
export class EventReader {
  #range: number;

  /**
   * @param maxRange blocks asked for at once, at least 1
   * @param onRange told after each answer how far it got
   */
  constructor(
    readonly registry: Registry,
    readonly maxRange: number,
    readonly onRange?: (read: { block: number; of: number }) => void,
  ) {
    if (!Number.isSafeInteger(maxRange) || maxRange < 1) throw new RangeError(`logRange ${maxRange} is not at least 1`);
    this.#range = maxRange;
  }

  /**
   * @param range both ends included; empty where `to` is below `from`
   * @returns the events in the chain's order
   * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID; the reason of an aborted signal
   */
  async read({ from, to }: { from: number; to: number }, signal?: AbortSignal): Promise<RegistryEvent[]> {
    const events: RegistryEvent[] = [];
    while (from <= to) {
      signal?.throwIfAborted();
      const end = Math.min(to, from + this.#range - 1);
      try {
        const found = await askChain(this.registry.chain, () => readHistory(this.registry, { from, to: end }));
        for (const event of found) events.push(event);
        this.onRange?.({ block: end, of: to });
        from = end + 1;
        this.#range = Math.min(this.maxRange, 2 * this.#range);
      } catch (error) {
        const asked = end - from + 1;
        this.#range = Math.max(1, asked >> 1); // also for the next look: what timed out may have been too much
        if (asked === 1 || !isRefusal(error)) throw error;
      }
    }
    return events;
  }
}

/**
 * Whether the endpoint answered, but with an error. Endpoints that find a range or its logs too many all say so in words and
 * numbers of their own (-32005, -32602, -32000, HTTP 413…), so that every refusal counts.
 */
export function isRefusal(error: unknown): boolean {
  if (!isCatnixError(error, "RPC_UNAVAILABLE")) return false;
  const { cause } = error;
  if (isError(cause, "UNKNOWN_ERROR")) return "error" in cause;
  return isError(cause, "SERVER_ERROR") && (cause.response?.statusCode === 413 || cause.response?.statusCode === 400);
}
