import { compareCouncils, type CouncilDifference } from "../consortium/council-change.js";
import { readBlockTime } from "../registry/block-time.js";
import type { ActEvent, AlarmEvent } from "../registry/history.js";
import { type HistoryOptions, readWholeHistory } from "./read-history.js";

/** What was decided about a registry itself: the founding, changes of the council, the retirement, and what the guardian withdrew. */
export interface Decision {
  readonly event: Exclude<ActEvent, { kind: "batch" }> | AlarmEvent;
  /** Of a change of the council: what it changed. */
  readonly difference?: CouncilDifference;
  /** Seconds since 1970 of its block. */
  readonly time: number;
}

/**
 * Finds what was decided about a registry, the newest first: all of it ({@link readWholeHistory}), but for who approved an act, in which
 * block and transaction, which is the endpoint's word.
 * @param limit decisions at most
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID, REGISTRY_HISTORY_BROKEN
 */
export async function findDecisions(
  options: HistoryOptions,
  limit: number,
): Promise<{ decisions: Decision[]; total: number }> {
  const { events } = await readWholeHistory(options);
  const found = events.filter((event) => event.kind !== "batch");
  const councils = found.filter((event) => event.kind === "council");
  const decisions = found
    .toReversed()
    .slice(0, limit)
    .map(async (event): Promise<Decision> => {
      const time = await readBlockTime(options.registry, event.block);
      if (event.kind !== "council" || event.seq === 0) return { event, time };
      const before = councils[councils.indexOf(event) - 1]!;
      return { event, time, difference: compareCouncils(before.council, event.council) };
    });
  return { decisions: await Promise.all(decisions), total: found.length };
}
