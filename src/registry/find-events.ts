import type { TopicFilter } from "ethers";
import { isCatnixError } from "../errors/catnix-error.js";
import { type EventSource, readHistory, type RegistryEvent } from "./history.js";

/** What a search for events came to. */
export interface FoundEvents {
  /** In the chain's order. */
  readonly events: readonly RegistryEvent[];
  /** Blocks before this one were not looked at. */
  readonly from: number;
}

/** Ranges of `logRange` blocks that are looked through at most, where the endpoint does not bear to be asked for all at once. */
const MAX_RANGES = 100;

/**
 * Looks for certain events, the newest first. Most endpoints answer a question by topics for all blocks at once; where one
 * does not, a bounded number of ranges is looked through, back from the last block. What an endpoint leaves out nobody
 * notices here: what is found may be shown, but nothing is concluded from what is not.
 * @param range both ends included
 * @param logRange blocks asked for at a time, where it has to be
 * @param isEnough where ranges are looked through, whether what was found will do; else the first range with any does
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function findEvents(
  registry: EventSource,
  wanted: TopicFilter,
  range: { from: number; to: number },
  logRange: number,
  isEnough: (found: readonly RegistryEvent[]) => boolean = (found) => found.length > 0,
): Promise<FoundEvents> {
  if (range.to < range.from) return { events: [], from: range.from };
  try {
    return { events: await readHistory(registry, range, wanted), from: range.from };
  } catch (error) {
    if (!isCatnixError(error, "RPC_UNAVAILABLE") || range.to - range.from < logRange) throw error;
  }
  const events: RegistryEvent[] = [];
  let to = range.to;
  for (let ranges = 0; ranges < MAX_RANGES && to >= range.from; ranges++) {
    const from = Math.max(range.from, to - logRange + 1);
    events.unshift(...(await readHistory(registry, { from, to }, wanted)));
    if (isEnough(events)) return { events, from };
    to = from - 1;
  }
  return { events, from: to + 1 };
}
