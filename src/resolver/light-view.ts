import { MAX_DEPTH } from "../cat/bucket.js";
import type { RegistryId } from "../cat/batch.js";
import type { Row } from "../cat/row.js";
import type { Cat } from "../cat/tree.js";
import { equalBytes } from "../encoding/bytes.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { Chain } from "../registry/connect.js";
import { type Finality, readFinalBlock } from "../registry/finality.js";
import { findEvents } from "../registry/find-events.js";
import { firstOf } from "../registry/first-of.js";
import { type AlarmEvent, topicsOfAlarms } from "../registry/history.js";
import type { LinkOptions } from "../registry/linked-acts.js";
import type { CouncilState, RetirementState } from "../registry/registry.js";
import { readAlarms } from "../registry/read-alarms.js";
import { ProvedStorage } from "../registry/registry-proof.js";
import {
  decodeActSlot,
  decodeAddress,
  decodeAlarmSlot,
  decodeWord,
  SLOTS,
  slotOfBatchWithdrawn,
  slotOfMember,
  slotOfWithdrawnThrough,
} from "../registry/storage-slots.js";
import type { TrustedBlock } from "../registry/trusted-block.js";
import type { ProvedAccount } from "../state-proof/account-proof.js";
import { type ProvedApproval, proveApproval } from "./light-approval.js";
import type { BatchFacts, RegistryView, RowWithdrawal } from "./registry-view.js";

const MAX_MEMBERS = 32;

export interface LightViewOptions extends LinkOptions {
  /** Endpoints to get proofs from: what they say counts only as far as it is proved. */
  readonly chains: readonly Chain[];
  readonly id: RegistryId;
  readonly trusted: TrustedBlock;
  /** The hash that the registry's code must have, where it is not that of this release. */
  readonly codeHash?: string | undefined;
  readonly finality: Finality;
}

/** The approval of a batch, or why it could not be proved. */
export type ApprovalAnswer = { readonly approval: ProvedApproval } | { readonly problem: string };

/**
 * The registry at a block that is trusted: root, depth, council, withdrawals are words of its storage, each proved up to that
 * block's hash. What cannot be proved that way (`findReason`, and of `findBatch` the block, the transaction and whether it
 * is final) is the endpoint's word.
 */
export class LightView implements RegistryView {
  readonly from = "light";
  readonly #approvals = new Map<number, Promise<ApprovalAnswer>>();

  private constructor(
    readonly options: LightViewOptions,
    readonly storage: ProvedStorage,
    readonly account: Pick<ProvedAccount, "codeHash" | "storageHash">,
    readonly head: string,
    readonly seq: number,
    readonly cat: Cat,
    /** Seconds since 1970 of the latest act. */
    readonly time: number,
    readonly council: CouncilState,
    /** Undefined where the registry goes on. */
    readonly retirement: RetirementState | undefined,
  ) {}

  /**
   * @throws CatnixError STATE_PROOF_INVALID, PROOF_UNAVAILABLE, REGISTRY_MISSING, REGISTRY_CODE_UNKNOWN, and what the chain throws,
   * where no endpoint gives what holds
   */
  static async open(options: LightViewOptions): Promise<LightView> {
    const { chains, id, trusted, codeHash } = options;
    const storage = new ProvedStorage(chains, id, trusted.header, codeHash);
    const { head, root, act, alarm, charter, members: count, successorChainId, successor } = SLOTS;
    const account = await storage.read([head, root, act, alarm, charter, count, successorChainId, successor]);
    const [headWord, rootWord, actWord, alarmWord, charterWord, countWord, chainWord, successorWord] =
      account.values as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    const state = decodeActSlot(actWord);
    const cat = { root: decodeWord(rootWord).slice(2), depth: toCount("depth", BigInt(state.depth), MAX_DEPTH) };
    const slots = Array.from({ length: toCount("members", countWord, MAX_MEMBERS) }, (_, at) => slotOfMember(at));
    const { values } = await storage.read(slots);
    const council = {
      members: values.map(decodeAddress),
      publishThreshold: state.publishThreshold,
      councilThreshold: state.councilThreshold,
      guardian: decodeAlarmSlot(alarmWord).guardian,
      charter: decodeWord(charterWord).slice(2),
    };
    const [seq, time] = [toCount("seq", state.seq), toCount("time", state.time)];
    const retirement = { successorChainId: chainWord, successor: decodeAddress(successorWord) };
    const retired = state.retired ? retirement : undefined;
    return new LightView(options, storage, account, decodeWord(headWord), seq, cat, time, council, retired);
  }

  get registry() {
    return this.options.id;
  }

  get block() {
    const { number, hash } = this.options.trusted.header;
    return { number, hash };
  }

  async findWithdrawal({ seq, swarmId }: Row): Promise<RowWithdrawal> {
    if (seq > this.seq)
      throw new CatnixError("CAT_ROW_INVALID", { reason: `it is of act ${seq}, the registry is at ${this.seq}` });
    const { values } = await this.storage.read([slotOfBatchWithdrawn(seq), slotOfWithdrawnThrough(swarmId)]);
    const [batch, through] = values as [bigint, bigint];
    return { batch: batch !== 0n, through: toCount("through", BigInt.asUintN(64, through)) };
  }

  /** The guardian's words as an endpoint tells them. */
  async findReason({ seq, swarmId }: Row, { batch }: RowWithdrawal): Promise<string | undefined> {
    const { deploymentBlock, logRange } = this.options;
    const range = { from: deploymentBlock, to: this.block.number };
    const isOfRow = ({ target }: AlarmEvent) =>
      "seq" in target ? batch && target.seq === seq : !batch && equalBytes(target.swarmId, swarmId);
    const find = async (chain: Chain) => {
      const topics = topicsOfAlarms(batch ? seq : swarmId);
      const { events } = await findEvents({ chain, id: this.registry }, topics, range, logRange);
      return events.filter((event) => event.kind === "alarm").findLast(isOfRow)?.reason;
    };
    return await firstOf(this.options.chains, find).catch(ignoreCoded);
  }

  async readAlarms(): Promise<readonly AlarmEvent[]> {
    const { chains, id, deploymentBlock, logRange } = this.options;
    const { values } = await this.storage.read([SLOTS.alarmHead, SLOTS.alarm]);
    const [headWord, alarmWord] = values as [bigint, bigint];
    const alarms = toCount("alarms", decodeAlarmSlot(alarmWord).alarms);
    const range = { from: deploymentBlock, to: this.block.number, logRange, alarms, alarmHead: decodeWord(headWord) };
    return await firstOf(chains, (chain) => readAlarms({ chain, id }, range));
  }

  async findBatch(seq: number): Promise<BatchFacts> {
    const answer = await this.findApproval(seq);
    if (!("approval" in answer)) return { seq, final: false };
    const { digest, block, transactionHash, approvers } = answer.approval;
    const final = await this.#isFinal(block);
    return {
      seq,
      final,
      approval: { digest, block, transactionHash, approvers: approvers.map(({ member }) => member) },
    };
  }

  /** What is proved of a batch's approval. That it cannot be had is an answer: the row is proved all the same. */
  findApproval(seq: number): Promise<ApprovalAnswer> {
    const known = this.#approvals.get(seq) ?? this.#findApproval(seq);
    this.#approvals.set(seq, known);
    return known;
  }

  async #findApproval(seq: number): Promise<ApprovalAnswer> {
    const { chains, id, deploymentBlock, logRange, onAct } = this.options;
    const { head, council } = this;
    const source = { id, head, seq: this.seq, block: this.block.number, council, deploymentBlock, logRange, onAct };
    try {
      return { approval: await firstOf(chains, (chain) => proveApproval(chain, seq, source)) };
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      return { problem: error.message };
    }
  }

  async #isFinal(block: number): Promise<boolean> {
    const { chains, finality } = this.options;
    const final = await firstOf(chains, (chain) => readFinalBlock(chain, finality, this.block)).catch(ignoreCoded);
    return final !== undefined && block <= final.number;
  }
}

/** What no registry has is not worth a guess: a known code cannot store it. */
function toCount(what: string, value: bigint, max = Number.MAX_SAFE_INTEGER): number {
  if (value <= BigInt(max)) return Number(value);
  throw new CatnixError("STATE_PROOF_INVALID", { reason: `the registry's ${what} is ${value}, above ${max}` });
}

/** For what is only told: an endpoint that cannot be asked leaves the proved part as it is. */
function ignoreCoded(error: unknown): undefined {
  if (!isCatnixError(error)) throw error;
}
