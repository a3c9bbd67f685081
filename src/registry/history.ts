import { AbiCoder, type Filter, keccak256, type Log, type LogDescription, type Result, type TopicFilter } from "ethers";
import type { Act } from "../cat/act.js";
import type { Batch } from "../cat/batch.js";
import type { Council } from "../cat/council.js";
import type { Retirement } from "../cat/retirement.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { askChain } from "./ask-chain.js";
import { registryInterface } from "./contract.js";
import type { Registry } from "./registry.js";

interface Place {
  readonly block: number;
  readonly transactionHash: string;
}

interface ApprovedAct extends Place {
  readonly seq: number;
  /** The registry's head from then on. */
  readonly digest: string;
  /** Those members whose approvals were submitted. */
  readonly approvers: readonly string[];
}

/** An act that a quorum signed; only batches change the CAT, every act moves `head`. */
export type ActEvent = ApprovedAct & Act;

/** An alarm of the guardian. */
export interface AlarmEvent extends Place {
  readonly kind: "alarm";
  readonly alarm: number;
  readonly alarmHead: string;
  readonly target: { readonly seq: number } | { readonly swarmId: Uint8Array; readonly through: number };
  /** As text; what is no UTF-8 shows as U+FFFD. */
  readonly reason: string;
  /** keccak256 of the reason's bytes, `0x` and 64 hex digits. */
  readonly reasonHash: string;
}

export type RegistryEvent = ActEvent | AlarmEvent;

/** Where events are asked for. */
export type EventSource = Pick<Registry, "chain" | "id">;

const KIND_BATCH = 1;
const KIND_BUILD = 2;

const FOLLOWED = ["BatchApproved", "CouncilChanged", "Retired", "BatchWithdrawn", "BuildWithdrawn"] as const;

/** `Mapped` says nothing new, and anyone may cause many: it is not asked for. */
const MAPPED = registryInterface.getEvent("Mapped").topicHash;
const TOPICS = FOLLOWED.map((name) => registryInterface.getEvent(name).topicHash);

/** The approval of one batch. */
export function topicsOfBatch(seq: number): TopicFilter {
  return [registryInterface.getEvent("BatchApproved").topicHash, toWord(seq)];
}

/** Changes of the council, the founding one included. */
export function topicsOfCouncils(): TopicFilter {
  return [registryInterface.getEvent("CouncilChanged").topicHash];
}

/** Acts of these numbers, whatever they are. */
export function topicsOfActs(seqs: readonly number[]): TopicFilter {
  const names = ["BatchApproved", "CouncilChanged", "Retired"] as const;
  return [names.map((name) => registryInterface.getEvent(name).topicHash), seqs.map(toWord)];
}

/** Alarms about one batch, or about one build (its `swarmId`, 32 bytes). */
export function topicsOfAlarms(target: number | Uint8Array): TopicFilter {
  const [name, word] =
    typeof target === "number"
      ? (["BatchWithdrawn", toWord(target)] as const)
      : (["BuildWithdrawn", `0x${toHex(target)}`] as const);
  return [registryInterface.getEvent(name).topicHash, null, word];
}

/** Alarms, whatever about. */
export function topicsOfAllAlarms(): TopicFilter {
  return [(["BatchWithdrawn", "BuildWithdrawn"] as const).map((name) => registryInterface.getEvent(name).topicHash)];
}

function toWord(seq: number): string {
  return `0x${seq.toString(16).padStart(64, "0")}`;
}

/**
 * Reads the registry's events of a range of blocks, in order.
 * @param range both ends included
 * @param wanted only these, where the endpoint knows topics; else all but `Mapped`
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function readHistory(
  registry: EventSource,
  range: { from: number; to: number },
  wanted: TopicFilter = [TOPICS],
): Promise<RegistryEvent[]> {
  const { chain, id } = registry;
  const filter: Filter & { fromBlock: number; toBlock: number } = {
    address: id.registry,
    topics: wanted,
    fromBlock: range.from,
    toBlock: range.to,
  };
  const logs = await askChain(chain, () => chain.provider.getLogs(filter));
  const invalid = (reason: string) => new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason });
  for (const log of logs) {
    if (log.removed) throw invalid("a removed log in answer to a question");
    if (log.address.toLowerCase() !== id.registry.toLowerCase()) throw invalid("a log of another contract");
    if (log.blockNumber < range.from || log.blockNumber > range.to) throw invalid("a log of another block");
  }
  const ordered = [...logs].sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
  return ordered.flatMap((log) => {
    if (log.topics[0] === MAPPED) return []; // from an endpoint that knows no topics
    const event = describeLog(log);
    if (!event) throw invalid(`an event that the registry does not have (topic ${log.topics[0] ?? "none"})`);
    return event;
  });
}

/** @returns undefined where it is none of the registry's, or does not hold what that has to */
function describeLog(log: Log): RegistryEvent | undefined {
  try {
    const parsed = registryInterface.parseLog(log);
    return parsed ? describeParsed(log, parsed) : undefined;
  } catch {
    // Of parsing, or later: ethers tells of an element that is wrong where somebody looks at it.
    return undefined;
  }
}

function describeParsed(log: Log, parsed: LogDescription): RegistryEvent | undefined {
  const place = { block: log.blockNumber, transactionHash: log.transactionHash };
  const { name, args } = parsed;
  switch (name) {
    case "BatchApproved":
      return { ...place, ...describeAct(args), kind: "batch", batch: describeBatch(args) };
    case "CouncilChanged":
      return { ...place, ...describeAct(args), kind: "council", council: describeCouncil(args) };
    case "Retired":
      return { ...place, ...describeAct(args), kind: "retirement", retirement: describeRetirement(args) };
    case "BatchWithdrawn":
    case "BuildWithdrawn": {
      const target =
        name === "BatchWithdrawn"
          ? { seq: Number(args["seq"]) }
          : { swarmId: fromHex((args["swarmId"] as string).slice(2), 32), through: Number(args["through"]) };
      const [alarm, alarmHead] = [Number(args["alarm"]), args["alarmHead"] as string];
      // No registry gets that far, and the hash chain could not be computed from what lost digits.
      if (![alarm, "seq" in target ? target.seq : target.through].every(Number.isSafeInteger)) return undefined;
      return { ...place, kind: "alarm", alarm, alarmHead, target, ...decodeReason(log) };
    }
    default:
      return undefined;
  }
}

function describeAct(args: Result): Pick<ApprovedAct, "seq" | "digest" | "approvers"> {
  const { seq, digest, approvers } = args as unknown as { seq: bigint; digest: string; approvers: string[] };
  return { seq: Number(seq), digest, approvers: [...approvers] };
}

function describeBatch(args: Result): Batch {
  const batch = args["batch"] as Record<keyof Batch, string | bigint>;
  return {
    seq: Number(batch.seq),
    parent: String(batch.parent),
    root: String(batch.root).slice(2),
    depth: Number(batch.depth),
    delta: String(batch.delta).slice(2),
    rows: Number(batch.rows),
    pack: String(batch.pack).slice(2),
    deadline: Number(batch.deadline),
  };
}

function describeCouncil(args: Result): Council {
  const council = args["council"] as Record<Exclude<keyof Council, "members">, string | bigint> & { members: string[] };
  return {
    seq: Number(council.seq),
    parent: String(council.parent),
    members: [...council.members],
    publishThreshold: Number(council.publishThreshold),
    councilThreshold: Number(council.councilThreshold),
    guardian: String(council.guardian),
    charter: String(council.charter).slice(2),
    deadline: Number(council.deadline),
  };
}

function describeRetirement(args: Result): Retirement {
  const retirement = args["retirement"] as Record<keyof Retirement, string | bigint>;
  return {
    seq: Number(retirement.seq),
    parent: String(retirement.parent),
    successorChainId: BigInt(retirement.successorChainId),
    successor: String(retirement.successor),
    deadline: Number(retirement.deadline),
  };
}

/** The contract takes any bytes as a reason, ethers refuses what is no UTF-8: no alarm may stop those who follow it. */
function decodeReason({ topics, data }: Log): Pick<AlarmEvent, "reason" | "reasonHash"> {
  const through = topics[0] === registryInterface.getEvent("BuildWithdrawn").topicHash ? ["uint64"] : [];
  const bytes = AbiCoder.defaultAbiCoder()
    .decode([...through, "bytes32", "bytes"], data)
    .at(-1) as string;
  return { reason: Buffer.from(bytes.slice(2), "hex").toString(), reasonHash: keccak256(bytes) };
}

/** The alarms' hash chain after one more alarm (docs/spec.md, Registry contract). */
export function nextAlarmHead(
  alarmHead: string,
  { alarm, target, reasonHash }: Pick<AlarmEvent, "alarm" | "target" | "reasonHash">,
): string {
  const [kind, subject, through] =
    "seq" in target
      ? [KIND_BATCH, target.seq, 0]
      : [KIND_BUILD, `0x${Buffer.from(target.swarmId).toString("hex")}`, target.through];
  const subjectType = kind === KIND_BATCH ? "uint64" : "bytes32";
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "uint64", "uint8", subjectType, "uint64", "bytes32"],
      [alarmHead, alarm, kind, subject, through, reasonHash],
    ),
  );
}
