import type { RegistryId } from "../cat/batch.js";
import type { Row } from "../cat/row.js";
import type { Cat } from "../cat/tree.js";
import type { BlockMark } from "../registry/finality.js";
import type { AlarmEvent } from "../registry/history.js";

/** What is known of the batch that set a row. */
export interface BatchFacts {
  readonly seq: number;
  /** Whether its block is final, as `chain.finality` has it. */
  readonly final: boolean;
  /** Absent where the approval was not found. */
  readonly approval?: {
    /** `0x` and 64 hex digits. */
    readonly digest: string;
    readonly block: number;
    readonly transactionHash: string;
    /** Those members whose approvals were submitted. */
    readonly approvers: readonly string[];
  };
}

/** What the guardian withdrew of a row (docs/spec.md, Who wins). */
export interface RowWithdrawal {
  /** Whether the batch that set the row was withdrawn. */
  readonly batch: boolean;
  /** The last act that the withdrawal of the row's build reaches; 0 where it was never withdrawn. */
  readonly through: number;
}

/**
 * A registry as it stands at one block, through whatever one reads it: the chain itself, an index that follows it, proofs.
 * What the CAT says is not asked here: it is proved up to `cat.root`.
 */
export interface RegistryView {
  readonly from: "chain" | "index" | "light" | "members";
  readonly registry: RegistryId;
  /** Undefined where no chain was asked, not even earlier. */
  readonly block: BlockMark | undefined;
  /** `0x` and 64 hex digits. */
  readonly head: string;
  /** The last act. */
  readonly seq: number;
  readonly cat: Cat;
  /** @throws CatnixError of the chain or the index, as every method */
  findWithdrawal(row: Row): Promise<RowWithdrawal>;
  /** The guardian's words where the row is withdrawn; undefined where they are not known. */
  findReason(row: Row, withdrawal: RowWithdrawal): Promise<string | undefined>;
  findBatch(seq: number): Promise<BatchFacts>;
  /**
   * Every alarm that the guardian raised up to the view's block, held against the head of their hash chain: for who asks about
   * many rows. Absent where there is nothing to gain by it.
   */
  readAlarms?(): Promise<readonly AlarmEvent[]>;
}

/** Whether the guardian withdrew what the row leads to. */
export function isWithdrawn(row: Row, { batch, through }: RowWithdrawal): boolean {
  return batch || through >= row.seq;
}
