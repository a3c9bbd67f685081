import { actDigest, contentOf } from "../cat/act.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { type ActEvent, type EventSource, readHistory, topicsOfActs } from "./history.js";

/** Acts whose events are asked for at a time. */
const ACTS_AT_A_TIME = 64;
/** Ranges of `logRange` blocks that are looked through, where an endpoint does not bear to be asked for all at once. */
const MAX_RANGES = 100;

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
  const found = new Map<number, ActEvent>();
  const wanted = topicsOfActs(Array.from({ length: highest - lowest + 1 }, (_, at) => lowest + at));
  const read = async (range: { from: number; to: number }) => {
    for (const event of await readHistory(source, range, wanted))
      if (event.kind !== "alarm") found.set(event.seq, event);
  };
  if (to < deploymentBlock) return found;
  try {
    await read({ from: deploymentBlock, to });
    return found;
  } catch (error) {
    if (!isCatnixError(error, "RPC_UNAVAILABLE") || to - deploymentBlock < logRange) throw error;
  }
  for (let ranges = 0; ranges < MAX_RANGES && to >= deploymentBlock && !found.has(lowest); ranges++) {
    const from = Math.max(deploymentBlock, to - logRange + 1);
    await read({ from, to });
    to = from - 1;
  }
  return found;
}

function invalid({ chain }: EventSource, reason: string): CatnixError {
  return new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason });
}
