import type { CheckedBatch } from "../../consortium/check-batch.js";
import type { Attestation } from "../../members/attestation.js";
import type { Registry } from "../../registry/registry.js";
import type { Context } from "../context.js";
import { describeChecked, type ReviewFacts } from "../describe-batch.js";
import { checksByRow } from "../describe-checks.js";
import { findReviewFacts } from "../review-facts.js";
import { describeAttestation } from "./hold-to-attestation.js";

export interface Review {
  readonly facts: ReviewFacts;
  /** All of it, for people. */
  readonly text: string;
}

/**
 * What a person should see of a checked batch: its rows, what follows from them, and how each was checked, where an attestation says it.
 * @param of.member who is about to sign, where somebody is
 * @throws CatnixError ATTESTATION_OF_ANOTHER_BATCH; what the chain throws; the signal's reason
 */
export async function describeReview(
  context: Context,
  registry: Registry,
  checked: CheckedBatch,
  of: {
    readonly member?: string | undefined;
    readonly attestation?: Attestation | undefined;
    readonly all?: boolean | undefined;
  },
): Promise<Review> {
  const { member, attestation, all } = of;
  const checks = attestation && describeAttestation(checked, attestation, context);
  const found = await findReviewFacts(context, registry, checked, { member, system: attestation?.system, all });
  const facts = { ...found, checks: attestation && checksByRow(attestation) };
  const rows = describeChecked(checked, context.colors, facts);
  return { facts, text: checks === undefined ? rows : `${rows}\n\n${checks}` };
}
