import { ZeroHash } from "ethers";
import { actDigest, contentOf } from "../cat/act.js";
import { firstHead, type RegistryId } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { type ActEvent, type AlarmEvent, nextAlarmHead, type RegistryEvent } from "../registry/history.js";

export type BatchEvent = Extract<ActEvent, { kind: "batch" }>;

/** Where a registry's two hash chains stand. */
export interface Position {
  /** `0x` and 64 hex digits, like `alarmHead`. */
  readonly head: string;
  readonly seq: number;
  readonly alarmHead: string;
  readonly alarms: number;
}

/** A block in which something happened to the registry. */
export interface BlockEvents {
  readonly block: number;
  readonly batches: readonly BatchEvent[];
  readonly alarms: readonly AlarmEvent[];
  /** After the block. */
  readonly position: Position;
}

/**
 * Follows the hash chains of acts and alarms (docs/spec.md, Registry contract), by computing every digest anew.
 * Whether the last one is the contract's is for the caller to compare: until then all of it may be made up.
 * @param start where the events continue; undefined before the founding
 * @param events in the chain's order
 * @param url of the endpoint that gave them
 * @returns the blocks that hold events, ascending
 * @throws CatnixError RPC_ANSWER_INVALID where events were left out, REGISTRY_HISTORY_BROKEN where they contradict one another
 */
export function checkHistory(
  id: RegistryId,
  start: Position | undefined,
  events: readonly RegistryEvent[],
  url: string,
): BlockEvents[] {
  let position = start;
  const blocks: (BlockEvents & { batches: BatchEvent[]; alarms: AlarmEvent[] })[] = [];
  for (const event of events) {
    position = advance(id, position, event, url);
    let last = blocks.at(-1);
    if (last?.block !== event.block) blocks.push((last = { block: event.block, batches: [], alarms: [], position }));
    else blocks[blocks.length - 1] = last = { ...last, position };
    if (event.kind === "batch") last.batches.push(event);
    if (event.kind === "alarm") last.alarms.push(event);
  }
  return blocks;
}

function advance(id: RegistryId, from: Position | undefined, event: RegistryEvent, url: string): Position {
  if (event.kind === "council" && event.seq === 0) return found(id, from, event);
  if (from === undefined) throw leftOut(url, "the registry's founding is missing (is chain.deploymentBlock right?)");
  return event.kind === "alarm" ? advanceAlarms(from, event, url) : advanceActs(id, from, event, url);
}

function found(
  id: RegistryId,
  from: Position | undefined,
  { digest, council }: ActEvent & { kind: "council" },
): Position {
  if (from !== undefined) throw broken("it was founded twice");
  const head = firstHead(id);
  if (digest !== head || council.parent !== ZeroHash) throw broken(`its founding is ${digest}, not ${head}`);
  return { head, seq: 0, alarmHead: head, alarms: 0 };
}

function advanceActs(id: RegistryId, from: Position, event: ActEvent, url: string): Position {
  const { seq, digest } = event;
  if (seq > from.seq + 1) throw leftOut(url, `act ${seq} follows act ${from.seq}`);
  if (seq !== from.seq + 1) throw broken(`act ${seq} came again after act ${from.seq}`);
  const content = contentOf(event);
  if (content.parent !== from.head) throw broken(`act ${seq} follows ${content.parent}, not ${from.head}`);
  if (content.seq !== seq) throw broken(`act ${seq} holds the number ${content.seq}`);
  // Numbers beyond 2^53 have lost digits: their digest is not to be had.
  const numbers = Object.values(content).filter((value) => typeof value === "number");
  if (!numbers.every(Number.isSafeInteger)) throw broken(`act ${seq} holds a number beyond 2^53`);
  const actual = actDigest(id, event);
  if (actual !== digest) throw broken(`act ${seq} has the digest ${actual}, not ${digest}`);
  return { ...from, head: digest, seq };
}

function advanceAlarms(from: Position, event: AlarmEvent, url: string): Position {
  const { alarm, alarmHead } = event;
  if (alarm > from.alarms + 1) throw leftOut(url, `alarm ${alarm} follows alarm ${from.alarms}`);
  if (alarm !== from.alarms + 1) throw broken(`alarm ${alarm} came again after alarm ${from.alarms}`);
  const actual = nextAlarmHead(from.alarmHead, event);
  if (actual !== alarmHead) throw broken(`alarm ${alarm} has the digest ${actual}, not ${alarmHead}`);
  return { ...from, alarmHead, alarms: alarm };
}

function leftOut(url: string, reason: string): CatnixError {
  return new CatnixError("RPC_ANSWER_INVALID", { url, reason: `it left events out: ${reason}` });
}

function broken(reason: string): CatnixError {
  return new CatnixError("REGISTRY_HISTORY_BROKEN", { reason });
}
