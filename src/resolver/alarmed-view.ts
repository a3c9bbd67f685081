import type { Row } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import type { AlarmEvent } from "../registry/history.js";
import { requireActOfRow } from "./alarm-of-row.js";
import type { BatchFacts, RegistryView, RowWithdrawal } from "./registry-view.js";

/**
 * A view that knows every alarm by heart: whoever asks about many rows asks the chain no more. Each answer is as certain as the
 * alarms' list, which the view's own `readAlarms` proves complete.
 */
export class AlarmedView implements RegistryView {
  /** Why each was withdrawn. */
  readonly #batches = new Map<number, string>();
  /** By `swarmId` in hex. */
  readonly #builds = new Map<string, { readonly through: number; readonly reason: string }>();

  constructor(
    readonly view: RegistryView,
    alarms: readonly AlarmEvent[],
  ) {
    // A build may be withdrawn again where it was listed again: the last alarm counts, which reaches furthest.
    for (const { target, reason } of alarms)
      if ("seq" in target) this.#batches.set(target.seq, reason);
      else this.#builds.set(toHex(target.swarmId), { through: target.through, reason });
  }

  get from() {
    return this.view.from;
  }

  get registry() {
    return this.view.registry;
  }

  get block() {
    return this.view.block;
  }

  get head() {
    return this.view.head;
  }

  get seq() {
    return this.view.seq;
  }

  get cat() {
    return this.view.cat;
  }

  /** @throws CatnixError CAT_ROW_INVALID for a row of an act to come */
  async findWithdrawal(row: Row): Promise<RowWithdrawal> {
    requireActOfRow(row, this.seq);
    const through = this.#builds.get(toHex(row.swarmId))?.through ?? 0;
    return await Promise.resolve({ batch: this.#batches.has(row.seq), through });
  }

  findReason({ seq, swarmId }: Row, { batch }: RowWithdrawal): Promise<string | undefined> {
    return Promise.resolve(batch ? this.#batches.get(seq) : this.#builds.get(toHex(swarmId))?.reason);
  }

  findBatch(seq: number): Promise<BatchFacts> {
    return this.view.findBatch(seq);
  }
}
