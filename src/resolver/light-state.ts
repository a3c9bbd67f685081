import { MAX_DEPTH } from "../cat/bucket.js";
import type { Cat } from "../cat/tree.js";
import { CatnixError } from "../errors/catnix-error.js";
import { MAX_MEMBERS } from "../registry/council-file.js";
import type { CouncilState, RetirementState } from "../registry/registry.js";
import type { ProvedStorage } from "../registry/registry-proof.js";
import {
  decodeActSlot,
  decodeAddress,
  decodeAlarmSlot,
  decodeWord,
  SLOTS,
  slotOfMember,
} from "../registry/storage-slots.js";
import type { ProvedAccount } from "../state-proof/account-proof.js";

/** What a registry holds at one block, each word of it proved. */
export interface LightState {
  readonly account: Pick<ProvedAccount, "codeHash" | "storageHash">;
  readonly head: string;
  readonly seq: number;
  readonly cat: Cat;
  /** Seconds since 1970 of the latest act. */
  readonly time: number;
  readonly council: CouncilState;
  /** Undefined where the registry goes on. */
  readonly retirement: RetirementState | undefined;
  /** Head of the alarms' hash chain, and how many there are. */
  readonly alarmHead: string;
  readonly alarms: number;
}

/** @throws CatnixError of `storage`; STATE_PROOF_INVALID where a registry does not store that */
export async function readLightState(storage: ProvedStorage): Promise<LightState> {
  const { head, root, act: actSlot, alarmHead, alarm, charter, members: length, successorChainId, successor } = SLOTS;
  const slots: bigint[] = [head, root, actSlot, alarmHead, alarm, charter, length, successorChainId, successor];
  const account = await storage.read(slots);
  const word = (slot: bigint) => account.values[slots.indexOf(slot)]!;
  const act = decodeActSlot(word(actSlot));
  const { alarms, guardian } = decodeAlarmSlot(word(alarm));
  const count = toCount("members", word(length), MAX_MEMBERS);
  const { values: members } = await storage.read(Array.from({ length: count }, (_, at) => slotOfMember(at)));
  const retirement = {
    successorChainId: word(successorChainId),
    successor: decodeAddress(word(successor)),
  };
  return {
    account,
    head: decodeWord(word(head)),
    seq: toCount("seq", act.seq),
    cat: { root: decodeWord(word(root)).slice(2), depth: toCount("depth", BigInt(act.depth), MAX_DEPTH) },
    time: toCount("time", act.time),
    council: {
      members: members.map(decodeAddress),
      publishThreshold: act.publishThreshold,
      councilThreshold: act.councilThreshold,
      guardian,
      charter: decodeWord(word(charter)).slice(2),
    },
    retirement: act.retired ? retirement : undefined,
    alarmHead: decodeWord(word(alarmHead)),
    alarms: toCount("alarms", alarms),
  };
}

/** What no registry has is not worth a guess: a known code cannot store it. */
export function toCount(what: string, value: bigint, max = Number.MAX_SAFE_INTEGER): number {
  if (value <= BigInt(max)) return Number(value);
  throw new CatnixError("STATE_PROOF_INVALID", { reason: `the registry's ${what} is ${value}, above ${max}` });
}
