import { NO_PACK } from "../cat/batch.js";
import { ROW_SIZE, SWARM_ID_SIZE } from "../cat/row.js";
import { readDelta } from "../consortium/row-history.js";
import { isZero } from "../encoding/bytes.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { readBlockTime } from "../registry/block-time.js";
import { type Finality, readFinalBlock } from "../registry/finality.js";
import type { ActEvent, AlarmEvent } from "../registry/history.js";
import type { ContentStore } from "../swarm/content-store.js";
import { type HistoryOptions, readWholeHistory } from "./read-history.js";

/** An act of a registry, and what became of it. */
export interface ListedAct {
  readonly event: ActEvent;
  /** Seconds since 1970 of its block. */
  readonly time: number;
  readonly final: boolean;
  /** The guardian's latest reason, where the act is a batch that was withdrawn. */
  readonly withdrawn?: string;
  /** Of a batch: rows that lead to a record, and rows that withdraw a path; absent where the delta cannot be had. */
  readonly rows?: { readonly set: number; readonly tombstones: number };
}

/** A single build that the guardian withdrew. */
export type BuildAlarm = AlarmEvent & { readonly target: { readonly swarmId: Uint8Array; readonly through: number } };

export interface ListedActs {
  readonly acts: ListedAct[];
  /** Acts that there are. */
  readonly total: number;
  /** The newest first, as many as acts at most. */
  readonly builds: BuildAlarm[];
}

export interface ListOptions extends HistoryOptions {
  readonly store: ContentStore;
  readonly finality: Finality;
  /** Acts that are listed at most, the newest. */
  readonly limit: number;
}

/**
 * Lists the acts of a registry, the newest first, and the builds that the guardian withdrew: all of them
 * ({@link readWholeHistory}).
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID, REGISTRY_HISTORY_BROKEN
 */
export async function listActs(options: ListOptions): Promise<ListedActs> {
  const { registry, deploymentBlock, finality, logRange, limit } = options;
  const { latest, events } = await readWholeHistory({ registry, deploymentBlock, logRange });
  const final = await readFinalBlock(registry.chain, finality, latest);
  const alarms = events.filter((event) => event.kind === "alarm");
  const found = events.filter((event) => event.kind !== "alarm");
  const acts: ListedAct[] = [];
  for (const event of found.toReversed().slice(0, limit)) {
    const withdrawn = findReason(event, alarms);
    const rows = event.kind === "batch" ? await countRows(event.batch, options.store) : undefined;
    acts.push({
      event,
      time: await readBlockTime(registry, event.block),
      final: event.block <= final.number,
      ...(withdrawn !== undefined && { withdrawn }),
      ...(rows && { rows }),
    });
  }
  return { acts, total: found.length, builds: alarms.filter(isOfBuild).toReversed().slice(0, limit) };
}

function isOfBuild(alarm: AlarmEvent): alarm is BuildAlarm {
  return "swarmId" in alarm.target;
}

function findReason({ kind, seq }: ActEvent, alarms: readonly AlarmEvent[]): string | undefined {
  if (kind !== "batch") return undefined;
  return alarms.findLast(({ target }) => "seq" in target && target.seq === seq)?.reason;
}

/** Counts while the delta passes: it is not held. */
async function countRows(
  { delta, rows, pack }: { delta: string; rows: number; pack: string },
  store: ContentStore,
): Promise<ListedAct["rows"]> {
  if (pack === NO_PACK) return { set: 0, tombstones: rows };
  let tombstones = 0;
  try {
    for await (const some of readDelta(store, { delta, rows }))
      for (let at = 0; at < some.length; at += ROW_SIZE)
        if (isZero(some.subarray(at + ROW_SIZE - SWARM_ID_SIZE, at + ROW_SIZE))) tombstones++;
  } catch (error) {
    if (isCatnixError(error)) return undefined; // the list is the chain's; this is a detail of it
    throw error;
  }
  return { set: rows - tombstones, tombstones };
}
