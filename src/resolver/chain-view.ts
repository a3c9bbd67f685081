import { batchDigest } from "../cat/batch.js";
import type { Row } from "../cat/row.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { type BlockMark, type Finality, readBlock, readFinalBlock } from "../registry/finality.js";
import { findEvents } from "../registry/find-events.js";
import {
  type ActEvent,
  type AlarmEvent,
  type RegistryEvent,
  topicsOfAlarms,
  topicsOfBatch,
} from "../registry/history.js";
import { readAlarms } from "../registry/read-alarms.js";
import type { Registry, RegistryState } from "../registry/registry.js";
import { findAlarmOfRow, requireActOfRow } from "./alarm-of-row.js";
import type { BatchFacts, RegistryView, RowWithdrawal } from "./registry-view.js";

export interface ChainViewOptions {
  readonly finality: Finality;
  /** Events are looked for from this block on. */
  readonly deploymentBlock: number;
  /** Blocks asked for in one `eth_getLogs`, where the endpoint does not bear all at once. */
  readonly logRange: number;
}

/**
 * The registry at the chain's latest block, by ordinary calls: as true as the endpoint is. All of them are made for that
 * very block.
 */
export class ChainView implements RegistryView {
  readonly from = "chain";

  private constructor(
    readonly chainRegistry: Registry,
    readonly block: BlockMark,
    readonly final: BlockMark,
    readonly state: RegistryState,
    /** How many alarms were raised, and the head of their hash chain; without any, nothing is withdrawn. */
    readonly alarmState: { readonly alarms: number; readonly alarmHead: string },
    readonly options: ChainViewOptions,
  ) {}

  /** @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID */
  static async open(registry: Registry, options: ChainViewOptions): Promise<ChainView> {
    const block = await readBlock(registry.chain, "latest");
    const [final, state, alarmState] = await Promise.all([
      readFinalBlock(registry.chain, options.finality, block),
      registry.state(block.number),
      registry.alarmState(block.number),
    ]);
    const view = new ChainView(registry, block, final, state, alarmState, options);
    await view.requireSameBlock();
    return view;
  }

  get registry() {
    return this.chainRegistry.id;
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
    // The contract reverts for an act to come, as it should; the row is what is wrong.
    requireActOfRow(row, this.seq);
    if (this.alarmState.alarms === 0) return { batch: false, through: 0 };
    const [batch, through] = await Promise.all([
      this.chainRegistry.isBatchWithdrawn(row.seq, this.block.number),
      this.chainRegistry.withdrawnThrough(row.swarmId, this.block.number),
    ]);
    await this.requireSameBlock();
    return { batch, through };
  }

  async findReason(row: Row, withdrawal: RowWithdrawal): Promise<string | undefined> {
    const { events } = await this.#find(topicsOfAlarms(withdrawal.batch ? row.seq : row.swarmId)).catch(noEvents);
    const alarms = events.filter((event) => event.kind === "alarm");
    return findAlarmOfRow(alarms, row, withdrawal)?.reason;
  }

  async readAlarms(): Promise<readonly AlarmEvent[]> {
    const { deploymentBlock: from, logRange } = this.options;
    const range = { from, to: this.block.number, logRange, ...this.alarmState };
    return await readAlarms(this.chainRegistry, range);
  }

  async findBatch(seq: number): Promise<BatchFacts> {
    const { events, from } = await this.#find(topicsOfBatch(seq));
    const event = events.find((event) => event.kind === "batch" && event.seq === seq);
    if (event?.kind !== "batch") return { seq, final: from <= this.final.number };
    this.#requireDigest(event);
    const { digest, block, transactionHash, approvers } = event;
    return { seq, final: block <= this.final.number, approval: { digest, block, transactionHash, approvers } };
  }

  /** What was read while the chain changed its mind fits together by luck only. */
  async requireSameBlock(): Promise<void> {
    const { chain } = this.chainRegistry;
    const { hash } = await readBlock(chain, this.block.number);
    if (hash === this.block.hash) return;
    const reason = `block ${this.block.number} changed while it was read`;
    throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason });
  }

  #find(topics: ReturnType<typeof topicsOfBatch>) {
    const { deploymentBlock, logRange } = this.options;
    return findEvents(this.chainRegistry, topics, { from: deploymentBlock, to: this.block.number }, logRange);
  }

  #requireDigest({ seq, digest, batch }: ActEvent & { kind: "batch" }): void {
    const numbers = Object.values(batch).filter((value) => typeof value === "number");
    const holds =
      numbers.every(Number.isSafeInteger) && batch.seq === seq && batchDigest(this.registry, batch) === digest;
    if (holds && (seq !== this.seq || digest === this.head)) return;
    const reason = `its approval of batch ${seq} is not the one that the registry holds`;
    throw new CatnixError("RPC_ANSWER_INVALID", { url: this.chainRegistry.chain.rpcUrl, reason });
  }
}

/** That a row is withdrawn is known without its reason: an endpoint that has no events does not hide it. */
function noEvents(error: unknown): { events: readonly RegistryEvent[] } {
  if (!isCatnixError(error)) throw error;
  return { events: [] };
}
