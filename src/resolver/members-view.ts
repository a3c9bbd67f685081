import type { Row } from "../cat/row.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { Electorate, QuorumRoot } from "../members/quorum-root.js";
import type { BatchFacts, RegistryView, RowWithdrawal } from "./registry-view.js";

/** What members' word alone leaves open. */
export const UNPROVEN = ["freshness", "withdrawals"] as const;

/**
 * The registry as a quorum of a charter's members announced it on Swarm: no chain is asked. That there is no later batch, and what
 * the guardian withdrew, is not known.
 */
export class MembersView implements RegistryView {
  readonly from = "members";
  readonly block = undefined;

  constructor(
    readonly electorate: Pick<Electorate, "registry" | "charter" | "threshold">,
    readonly root: QuorumRoot,
  ) {}

  get registry() {
    return this.electorate.registry;
  }

  /** After the announced batch; acts since then are not known. */
  get head() {
    return this.root.digest;
  }

  get seq() {
    return this.root.batch.seq;
  }

  get cat() {
    const { root, depth } = this.root.batch;
    return { root, depth };
  }

  /** None is known of. @throws CatnixError CAT_ROW_INVALID for a row of an act to come */
  findWithdrawal(row: Row): Promise<RowWithdrawal> {
    if (row.seq <= this.seq) return Promise.resolve({ batch: false, through: 0 });
    const reason = `it is of act ${row.seq}, the members announced ${this.seq}`;
    return Promise.reject(new CatnixError("CAT_ROW_INVALID", { reason }));
  }

  findReason(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Whether a batch is final only the chain knows. */
  findBatch(seq: number): Promise<BatchFacts> {
    return Promise.resolve({ seq, final: false });
  }
}
