import { firstHead } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { findEvents } from "./find-events.js";
import { type AlarmEvent, type EventSource, nextAlarmHead, topicsOfAlarmNumbers } from "./history.js";
import type { LinkOptions } from "./linked-acts.js";

/** Alarms whose events are asked for at a time, and the one before them, of which only the head counts. */
const ALARMS_AT_A_TIME = 64;

/**
 * The guardian's alarms, the latest first, from a head of their hash chain that is trusted back: each one's target and words hash to
 * it, with the head before. So both are as certain as the head; its block and transaction are the endpoint's word.
 * @param from the alarms' head, how many there are, and the last block in which one may be
 * @throws CatnixError RPC_ANSWER_INVALID where the endpoint leaves one out or shows another, RPC_UNAVAILABLE
 */
export async function* linkAlarms(
  source: EventSource,
  from: { readonly alarmHead: string; readonly alarms: number; readonly block: number },
  { deploymentBlock, logRange }: Omit<LinkOptions, "onAct">,
): AsyncGenerator<AlarmEvent, void, undefined> {
  let { alarmHead, alarms: number, block } = from;
  while (number > 0) {
    const before = Math.max(0, number - ALARMS_AT_A_TIME);
    const wanted = topicsOfAlarmNumbers(Array.from({ length: number - before + 1 }, (_, at) => before + at));
    const range = { from: deploymentBlock, to: block };
    const isLast = ({ alarm }: AlarmEvent) => alarm <= Math.max(1, before);
    const { events } = await findEvents(source, wanted, range, logRange, (found) =>
      found.some((event) => event.kind === "alarm" && isLast(event)),
    );
    const found = new Map(events.flatMap((event) => (event.kind === "alarm" ? [[event.alarm, event] as const] : [])));
    for (; number > before; number--) {
      const [alarm, previous] = [found.get(number), found.get(number - 1)];
      const head = number === 1 ? firstHead(source.id) : previous?.alarmHead;
      if (!alarm || head === undefined || nextAlarmHead(head, alarm) !== alarmHead) {
        const reason = `its alarm ${number} is not the one that the registry holds`;
        throw new CatnixError("RPC_ANSWER_INVALID", { url: source.chain.rpcUrl, reason });
      }
      yield alarm;
      [alarmHead, block] = [head, alarm.block];
    }
  }
}

/** All of {@link linkAlarms}, in the order in which they were raised. */
export async function listAlarms(...asked: Parameters<typeof linkAlarms>): Promise<readonly AlarmEvent[]> {
  const alarms: AlarmEvent[] = [];
  for await (const alarm of linkAlarms(...asked)) alarms.push(alarm);
  return alarms.reverse();
}
