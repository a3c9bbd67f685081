import { firstHead } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { findEvents } from "./find-events.js";
import { type AlarmEvent, type EventSource, nextAlarmHead, type RegistryEvent, topicsOfAllAlarms } from "./history.js";

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
  const { from, to, logRange } = range;
  const isEnough = (found: readonly RegistryEvent[]) => found.length >= range.alarms;
  const { events } = await findEvents(source, topicsOfAllAlarms(), { from, to }, logRange, isEnough);
  const alarms = events.filter((event) => event.kind === "alarm");
  const head = alarms.reduce((head, alarm) => nextAlarmHead(head, alarm), firstHead(source.id));
  if (head === range.alarmHead) return alarms;
  const reason = `its ${alarms.length} alarms are not the ${range.alarms} of the registry`;
  throw new CatnixError("RPC_ANSWER_INVALID", { url: source.chain.rpcUrl, reason });
}
