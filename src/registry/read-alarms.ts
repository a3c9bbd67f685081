import { firstHead } from "../cat/batch.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { type AlarmEvent, type EventSource, nextAlarmHead, readHistory, topicsOfAllAlarms } from "./history.js";

/** Ranges of `logRange` blocks that are looked through at most, where the endpoint does not bear to be asked for all at once. */
const MAX_RANGES = 100;

export interface AlarmSource {
  /** Blocks, both ends included. */
  readonly from: number;
  readonly to: number;
  /** Blocks asked for at a time, where it has to be. */
  readonly logRange: number;
  /** How many alarms there are, and what their hash chain has come to at block `to`. */
  readonly alarms: number;
  /** `0x` and 64 hex digits. */
  readonly alarmHead: string;
}

/**
 * Every alarm that the guardian of a registry ever raised, in order. They are held against their hash chain (docs/spec.md,
 * Registry contract): as certain as `alarmHead` is that none is left out, made up or altered. Block and transaction of each are
 * the endpoint's word.
 * @throws CatnixError RPC_ANSWER_INVALID where the endpoint's alarms are not those, RPC_UNAVAILABLE
 */
export async function readAlarms(source: EventSource, range: AlarmSource): Promise<readonly AlarmEvent[]> {
  if (range.alarms === 0) return [];
  const alarms = await findAlarms(source, range);
  const head = alarms.reduce((head, alarm) => nextAlarmHead(head, alarm), firstHead(source.id));
  if (head === range.alarmHead) return alarms;
  const reason = `its ${alarms.length} alarms are not the ${range.alarms} of the registry`;
  throw new CatnixError("RPC_ANSWER_INVALID", { url: source.chain.rpcUrl, reason });
}

async function findAlarms(source: EventSource, { from, to, logRange, alarms }: AlarmSource): Promise<AlarmEvent[]> {
  try {
    return await readIn(source, { from, to });
  } catch (error) {
    if (!isCatnixError(error, "RPC_UNAVAILABLE") || to - from < logRange) throw error;
  }
  let found: AlarmEvent[] = [];
  for (let ranges = 0; ranges < MAX_RANGES && to >= from && found.length < alarms; ranges++) {
    const first = Math.max(from, to - logRange + 1);
    found = [...(await readIn(source, { from: first, to })), ...found];
    to = first - 1;
  }
  return found;
}

async function readIn(source: EventSource, blocks: { from: number; to: number }): Promise<AlarmEvent[]> {
  const events = await readHistory(source, blocks, topicsOfAllAlarms());
  return events.filter((event) => event.kind === "alarm");
}
