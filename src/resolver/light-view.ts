import type { RegistryId } from "../cat/batch.js";
import type { Row } from "../cat/row.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { Chain } from "../registry/connect.js";
import { type Finality, readFinalBlock } from "../registry/finality.js";
import { firstOf } from "../registry/first-of.js";
import type { AlarmEvent } from "../registry/history.js";
import type { LinkOptions } from "../registry/linked-acts.js";
import { readAlarms } from "../registry/read-alarms.js";
import { ProvedStorage } from "../registry/registry-proof.js";
import { slotOfBatchWithdrawn, slotOfWithdrawnThrough } from "../registry/storage-slots.js";
import type { TrustedBlock } from "../registry/trusted-block.js";
import { findAlarmOfRow, requireActOfRow } from "./alarm-of-row.js";
import { type ProvedApproval, proveApproval } from "./light-approval.js";
import { type LightState, readLightState, toCount } from "./light-state.js";
import type { BatchFacts, RegistryView, RowWithdrawal } from "./registry-view.js";

export interface LightViewOptions extends LinkOptions {
  readonly id: RegistryId;
  /** With its endpoints, which proofs are asked of: what they say counts only as far as it is proved. */
  readonly trusted: TrustedBlock;
  /** The hash that the registry's code must have, where it is not that of this release. */
  readonly codeHash?: string | undefined;
  readonly finality: Finality;
}

/** What is proved by events up to a head, or why it could not be had. */
type Answer<T> = T | { readonly problem: string };
export type ApprovalAnswer = Answer<{ readonly approval: ProvedApproval }>;
export type AlarmAnswer = Answer<{ readonly alarm: AlarmEvent }>;

/**
 * The registry at a block that is trusted: root, depth, council, withdrawals are words of its storage, each proved up to that
 * block's hash, and acts and alarms are proved up to the heads there. What cannot be proved that way (of `findBatch` the block, the
 * transaction and whether it is final) is the endpoint's word.
 */
export class LightView implements RegistryView {
  readonly from = "light";
  readonly #approvals = new Map<number, Promise<ApprovalAnswer>>();

  private constructor(
    readonly options: LightViewOptions,
    readonly storage: ProvedStorage,
    readonly state: LightState,
  ) {}

  /**
   * @throws CatnixError STATE_PROOF_INVALID, PROOF_UNAVAILABLE, REGISTRY_MISSING, REGISTRY_CODE_UNKNOWN, and what the chain throws,
   * where no endpoint gives what holds
   */
  static async open(options: LightViewOptions): Promise<LightView> {
    const { id, trusted, codeHash } = options;
    const storage = new ProvedStorage(trusted.chains, id, trusted.header, codeHash);
    return new LightView(options, storage, await readLightState(storage));
  }

  get registry() {
    return this.options.id;
  }

  get block() {
    const { number, hash } = this.options.trusted.header;
    return { number, hash };
  }

  get head() {
    return this.state.head;
  }

  get seq() {
    return this.state.seq;
  }

  get cat() {
    return this.state.cat;
  }

  async findWithdrawal(row: Row): Promise<RowWithdrawal> {
    requireActOfRow(row, this.seq);
    const { values } = await this.storage.read([slotOfBatchWithdrawn(row.seq), slotOfWithdrawnThrough(row.swarmId)]);
    const [batch, through] = values as [bigint, bigint];
    return { batch: batch !== 0n, through: toCount("through", BigInt.asUintN(64, through)) };
  }

  /** The guardian's words where they are proved, and no others. */
  async findReason(row: Row, withdrawal: RowWithdrawal): Promise<string | undefined> {
    const answer = await this.findAlarm(row, withdrawal);
    return "alarm" in answer ? answer.alarm.reason : undefined;
  }

  /** The alarm by which the guardian withdrew a row. That it cannot be had is an answer: the withdrawal is proved all the same. */
  async findAlarm(row: Row, withdrawal: RowWithdrawal): Promise<AlarmAnswer> {
    return await this.#answer(async (chain) => {
      const alarm = findAlarmOfRow(await this.#readAlarms(chain), row, withdrawal);
      if (alarm) return { alarm };
      throw new CatnixError("STATE_PROOF_INVALID", { reason: "what withdrew it is none of the alarms" });
    });
  }

  async readAlarms(): Promise<readonly AlarmEvent[]> {
    return await firstOf(this.options.trusted.chains, (chain) => this.#readAlarms(chain));
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
    const { id, deploymentBlock, logRange, onAct } = this.options;
    const { head, council } = this.state;
    const source = { id, head, seq: this.seq, block: this.block.number, council, deploymentBlock, logRange, onAct };
    const find = async (chain: Chain) => ({ approval: await proveApproval(chain, seq, source) });
    const approval = this.#approvals.get(seq) ?? this.#answer(find);
    this.#approvals.set(seq, approval);
    return approval;
  }

  async #answer<T>(find: (chain: Chain) => Promise<T>): Promise<Answer<T>> {
    try {
      return await firstOf(this.options.trusted.chains, find);
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      return { problem: error.message };
    }
  }

  #readAlarms(chain: Chain): Promise<readonly AlarmEvent[]> {
    const { id, deploymentBlock, logRange } = this.options;
    const { alarms, alarmHead } = this.state;
    const range = { from: deploymentBlock, to: this.block.number, logRange, alarms, alarmHead };
    return readAlarms({ chain, id }, range);
  }

  async #isFinal(block: number): Promise<boolean> {
    const { finality } = this.options;
    const answer = await this.#answer((chain) => readFinalBlock(chain, finality, this.block));
    return "number" in answer && block <= answer.number;
  }
}
