import { ZeroAddress, ZeroHash, type LogDescription, type Result, type TypedDataDomain } from "ethers";
import { hashBatch, hashCouncil, hashRetirement, type Batch, type Council, type Retirement } from "../acts.js";
import { toPlain } from "../results.js";
import { nixIds, type Draft } from "./drafter.js";
import { alarmHash, type SignatureOracle } from "./model.js";
import { liveLookups, type Observation } from "./observation.js";
import { proofRoot } from "./reference-proof.js";

/** What one call did, as seen from outside. */
export interface Step extends Draft {
  readonly before: Observation;
  readonly after: Observation;
  readonly isRefused: boolean;
  readonly events: readonly LogDescription[];
  /** Whether the storage trie is another one. */
  readonly isStorageMoved: boolean;
  /** A row for which `isApproved` answered true after the call, and the root that its proof leads to. */
  readonly approved: { readonly swarmId: string; readonly seq: bigint; readonly root: string } | undefined;
}

/** A named rule about each step; it knows the events so far, and nothing of the model's state. */
export interface Invariant {
  readonly name: string;
  readonly holds: (step: Step) => boolean;
}

const acts = ["BatchApproved", "CouncilChanged", "Retired"];
const alarms = ["BatchWithdrawn", "BuildWithdrawn"];
const same = (a: unknown, b: unknown): boolean => show(a) === show(b);

/** As text that is equal where the values are. */
export function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}

const decided = ({ state, council, retirement }: Observation): unknown => [state, council, retirement];
const isAct = ({ call }: Draft): boolean => "approvals" in call;

/** The rules that hold of every registry, whatever is called; some of them follow its events from the founding on. */
export function makeInvariants(domain: TypedDataDomain, founding: Observation, isSigned: SignatureOracle): Invariant[] {
  let { head } = founding.state;
  let { alarmHead } = founding.alarms;
  const withdrawnBatches = new Set<bigint>();
  /** Build by build, the number of the next act when it was withdrawn last: older rows, and that act's, are dead. */
  const deadThrough = new Map<string, bigint>();

  const digestOf = (step: Step): string => {
    const { call } = step;
    if (call.name === "changeCouncil") return hashCouncil(domain, call.council);
    if (call.name === "retire") return hashRetirement(domain, call.retirement);
    return call.name === "publish" || call.name === "publishRows" ? hashBatch(domain, call.batch) : ZeroHash;
  };
  const countApprovers = (step: Step): number => {
    if (!("approvals" in step.call)) return 0;
    const digest = digestOf(step);
    const valid = step.call.approvals.filter(({ member, signature }) => isSigned(member, digest, signature));
    const members = valid.map(({ member }) => member).filter((one) => step.before.council.members.includes(one));
    return new Set(members).size;
  };
  const follow = ({ name, args }: LogDescription): boolean => {
    const [seq, digest, act] = toPlain(args) as [bigint, string, unknown];
    const struct = (args[2] as Result).toObject();
    if (struct["parent"] !== head) return false;
    const fields: unknown = Object.fromEntries(Object.entries(struct).map(([key, value]) => [key, toPlain(value)]));
    if (name === "BatchApproved") head = hashBatch(domain, fields as Batch);
    if (name === "CouncilChanged") head = hashCouncil(domain, fields as Council);
    if (name === "Retired") head = hashRetirement(domain, fields as Retirement);
    return digest === head && (act as unknown[])[0] === seq;
  };
  const followAlarm = (event: LogDescription): void => {
    const args = toPlain(event.args) as unknown[];
    if (event.name === "BatchWithdrawn") {
      const [alarm, seq, , reason] = args as [bigint, bigint, string, string];
      alarmHead = alarmHash(alarmHead, alarm, 1n, seq, 0n, reason);
      withdrawnBatches.add(seq);
    } else {
      const [alarm, swarmId, through, , reason] = args as [bigint, string, bigint, string, string];
      alarmHead = alarmHash(alarmHead, alarm, 2n, BigInt(swarmId), through, reason);
    }
  };

  return [
    {
      name: "a refused call changes nothing",
      holds: ({ isRefused, isStorageMoved, before, after }) => !isRefused || (!isStorageMoved && same(before, after)),
    },
    {
      name: "seq rises by one with each act, and with nothing else",
      holds: ({ before, after, events }) =>
        after.state.seq - before.state.seq === BigInt(events.filter(({ name }) => acts.includes(name)).length) &&
        after.state.seq - before.state.seq <= 1n,
    },
    {
      name: "the head recomputes from the events",
      holds: ({ events, after }) =>
        events.filter(({ name }) => acts.includes(name)).every(follow) && after.state.head === head,
    },
    {
      name: "the alarms' head recomputes from the events",
      holds: ({ events, after }) => {
        events.filter(({ name }) => alarms.includes(name)).forEach(followAlarm);
        return after.alarms.alarmHead === alarmHead;
      },
    },
    {
      name: "nothing moves without a threshold of distinct current members",
      holds: (step) => {
        const { before, after, call } = step;
        if (same(decided(before), decided(after))) return true;
        const isBatch = call.name === "publish" || call.name === "publishRows";
        const { publishThreshold, councilThreshold } = before.council;
        const isQuorum = BigInt(countApprovers(step)) >= (isBatch ? publishThreshold : councilThreshold);
        return isAct(step) && isQuorum && after.state.head === digestOf(step);
      },
    },
    {
      name: "a batch moves no council, and a council no root",
      holds: ({ call, before, after }) =>
        (call.name === "changeCouncil" || same(before.council, after.council)) &&
        (call.name === "retire" || same(before.retirement, after.retirement)) &&
        (call.name === "publish" || call.name === "publishRows" || before.state.root === after.state.root),
    },
    {
      name: "who joins has approved it",
      holds: (step) => {
        const { call, before, after } = step;
        const joined = after.council.members.filter((member) => !before.council.members.includes(member));
        if (joined.length === 0) return true;
        if (call.name !== "changeCouncil") return false;
        const digest = digestOf(step);
        return joined.every((member) =>
          call.approvals.some((one) => one.member === member && isSigned(member, digest, one.signature)),
        );
      },
    },
    {
      name: "the guardian cannot publish, revive or void",
      holds: ({ call, caller, before, after, isRefused }) => {
        const revived = before.batchesWithdrawn.some(
          (was, seq) => was === true && after.batchesWithdrawn[seq] !== true,
        );
        const next = before.state.seq + 1n;
        const isMoved = (reach: bigint, i: number): boolean => reach !== before.reaches[i];
        const shortened = after.reaches.some((reach, i) => isMoved(reach, i) && reach < before.reaches[i]!);
        const voided = after.reaches.some((reach, i) => isMoved(reach, i) && reach !== next);
        if (revived || shortened || voided) return false;
        const isAlarm = call.name === "withdrawBatch" || call.name === "withdrawBuild";
        if (!isAlarm) return same(before.alarms, after.alarms);
        const isGuardian = caller === before.council.guardian && caller !== ZeroAddress;
        return same(decided(before), decided(after)) && (isRefused || isGuardian);
      },
    },
    {
      name: "a withdrawn build is dead until a later batch lists it again",
      holds: ({ events, before, after, approved }) => {
        for (const { name, args } of events)
          if (name === "BuildWithdrawn") deadThrough.set(args["swarmId"] as string, before.state.seq + 1n);
        const live = approved === undefined ? liveLookups(after) : [...liveLookups(after), approved];
        return live.every(
          ({ swarmId, seq }) => seq > (deadThrough.get(swarmId) ?? 0n) && !withdrawnBatches.has(seq) && seq >= 1n,
        );
      },
    },
    {
      name: "a build that a later batch lists holds again",
      holds: ({ events, after }) =>
        events
          .filter(({ name, args }) => name === "Mapped" && args["swarmId"] !== ZeroHash)
          .map(({ args }) => toPlain(args) as [string, bigint, string])
          .filter(([, seq, swarmId]) => seq > (deadThrough.get(swarmId) ?? 0n) && !withdrawnBatches.has(seq))
          .every(([nixId, seq, swarmId]) => same(after.lookups[nixIds.indexOf(nixId)], { swarmId, seq })),
    },
    {
      name: "nothing is recorded or approved that no quorum's root holds",
      holds: ({ call, isRefused, before, after, approved }) => {
        if (approved !== undefined && approved.root !== after.state.root) return false;
        if (after.lookups.some(({ seq }, i) => seq < before.lookups[i]!.seq)) return false;
        const recorded = after.lookups.filter(({ seq }, i) => seq !== before.lookups[i]!.seq);
        if (isRefused || call.name !== "record") return recorded.length === 0 || call.name === "publishRows";
        const { row, seq, slot, siblings } = call;
        return recorded.length <= 1 && proofRoot(row, seq, slot, after.state.depth, siblings) === after.state.root;
      },
    },
    {
      name: "the council stays within its bounds",
      holds: ({ after: { council } }) => {
        const { members, publishThreshold, councilThreshold } = council;
        const isAscending = members.every((one, i) => BigInt(one) > (i === 0 ? 0n : BigInt(members[i - 1]!)));
        const isBounded = publishThreshold >= 1n && publishThreshold <= councilThreshold;
        return isAscending && isBounded && councilThreshold <= BigInt(members.length) && members.length <= 32;
      },
    },
    {
      name: "depth and time never fall, and the root is never zero",
      holds: ({ before, after }) =>
        after.state.depth >= before.state.depth &&
        after.state.depth <= 32n &&
        after.state.time >= before.state.time &&
        after.state.root !== ZeroHash,
    },
    {
      name: "no act follows a retirement",
      holds: ({ before, after }) => !before.retirement.retired || same(decided(before), decided(after)),
    },
  ];
}
