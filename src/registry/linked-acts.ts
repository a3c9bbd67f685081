import { actDigest, contentOf } from "../cat/act.js";
import { CatnixError } from "../errors/catnix-error.js";
import { findEvents } from "./find-events.js";
import { type ActEvent, type EventSource, type RegistryEvent, topicsOfActs } from "./history.js";

/** Acts whose events are asked for at a time. */
const ACTS_AT_A_TIME = 64;

export interface LinkOptions {
  /** Events are looked for from this block on. */
  readonly deploymentBlock: number;
  /** Blocks asked for at a time, where it has to be. */
  readonly logRange: number;
  /** Told how far back it got. */
  readonly onAct?: ((seq: number) => void) | undefined;
}

/**
 * The acts of a registry, the latest first, from a head that is trusted back: each one's digest is computed anew and has to be
 * what the one after it names as its parent. So the content of each is as certain as the head; its block, its transaction and
 * who approved it are the endpoint's word.
 * @param from the head, its act's number, and the last block in which it may be
 * @param downTo number of the last act wanted, at least 1
 * @throws CatnixError RPC_ANSWER_INVALID where the endpoint leaves one out or shows another, RPC_UNAVAILABLE
 */
export async function* linkActs(
  source: EventSource,
  from: { readonly head: string; readonly seq: number; readonly block: number },
  downTo: number,
  options: LinkOptions,
): AsyncGenerator<ActEvent, void, undefined> {
  let { head, seq, block } = from;
  while (seq >= downTo) {
    const lowest = Math.max(downTo, seq - ACTS_AT_A_TIME + 1);
    const found = await findActs(source, { lowest, highest: seq, to: block }, options);
    for (; seq >= lowest; seq--) {
      const act = found.get(seq);
      if (!act) throw invalid(source, `it shows no act ${seq}`);
      const content = contentOf(act);
      // Numbers beyond 2^53 have lost digits: their digest is not to be had.
      const numbers = Object.values(content).filter((value) => typeof value === "number");
      const holds = numbers.every(Number.isSafeInteger) && content.seq === seq && actDigest(source.id, act) === head;
      if (!holds) throw invalid(source, `its act ${seq} is not the one that the registry holds`);
      options.onAct?.(seq);
      yield act;
      ({ parent: head } = content);
      ({ block } = act);
    }
  }
}

/** Whatever the endpoint shows under these numbers. */
async function findActs(
  source: EventSource,
  { lowest, highest, to }: { lowest: number; highest: number; to: number },
  { deploymentBlock, logRange }: LinkOptions,
): Promise<Map<number, ActEvent>> {
  const wanted = topicsOfActs(Array.from({ length: highest - lowest + 1 }, (_, at) => lowest + at));
  const isLast = (event: RegistryEvent) => event.kind !== "alarm" && event.seq === lowest;
  const range = { from: deploymentBlock, to };
  const { events } = await findEvents(source, wanted, range, logRange, (found) => found.some(isLast));
  return new Map(events.flatMap((event) => (event.kind === "alarm" ? [] : [[event.seq, event] as const])));
}

function invalid({ chain }: EventSource, reason: string): CatnixError {
  return new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason });
}
