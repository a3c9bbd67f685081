import type { Row } from "../cat/row.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { Registry } from "../registry/registry.js";

/** What the guardian withdrew, as the chain says at the latest block (docs/spec.md, Withdrawals). */
export class Withdrawals {
  private constructor(
    readonly registry: Registry,
    /** The last act: no row can be of a later one. */
    readonly seq: number,
    /** The head of the alarms' hash chain when this was opened: an alarm since then shows in it. */
    readonly alarmHead: string,
    readonly alarms: number,
  ) {}

  static async open(registry: Registry, seq: number): Promise<Withdrawals> {
    const { alarmHead, alarms } = await registry.alarmState();
    return new Withdrawals(registry, seq, alarmHead, alarms);
  }

  /** The last act that the withdrawal of a build reaches, 0 where it was never withdrawn. */
  async through(swarmId: Uint8Array): Promise<number> {
    return this.alarms === 0 ? 0 : this.registry.withdrawnThrough(swarmId);
  }

  /**
   * Whether a row of an approved CAT is withdrawn.
   * @throws CatnixError CAT_ROW_INVALID where it is of an act that is still to come
   */
  async has(row: Row): Promise<boolean> {
    if (row.seq > this.seq)
      throw new CatnixError("CAT_ROW_INVALID", {
        reason: `it is of act ${row.seq}, and the registry is at ${this.seq}`,
      });
    return this.alarms > 0 && this.registry.isWithdrawn(row);
  }
}
