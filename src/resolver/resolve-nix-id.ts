import { type AbsenceProof, proveMapping, verifyAbsence } from "../cat/absence.js";
import { type RowProof, verifyRow } from "../cat/proof.js";
import { isTombstone } from "../cat/row.js";
import type { GetChunk } from "../cat/tree.js";
import { isWithdrawn, type RegistryView, type RowWithdrawal } from "./registry-view.js";

/** What a registry says of a `nixId` at one block, with the proof of it. */
export type Resolution =
  | { readonly status: "approved"; readonly proof: RowProof; readonly withdrawal: RowWithdrawal }
  | {
      readonly status: "withdrawn";
      readonly proof: RowProof;
      readonly withdrawal: RowWithdrawal;
      /** The quorum, by a tombstone, or the guardian. */
      readonly by: "quorum" | "guardian";
    }
  | { readonly status: "unknown"; readonly absence: AbsenceProof };

/**
 * Translates a `nixId` by the rules of docs/spec.md, Who wins, and proves it up to the view's root.
 * @param nixId 20 bytes
 * @param getChunk verified chunks of the CAT
 * @throws CatnixError CAT_TREE_INVALID, CAT_BUCKET_INVALID, CAT_ROW_INVALID; what `view` and `getChunk` throw
 */
export async function resolveNixId(view: RegistryView, nixId: Uint8Array, getChunk: GetChunk): Promise<Resolution> {
  const proof = await proveMapping(view.cat, nixId, getChunk);
  if (!("row" in proof)) {
    requireProof(verifyAbsence(view.cat, nixId, proof));
    return { status: "unknown", absence: proof };
  }
  requireProof(verifyRow(view.cat, proof));
  const { row } = proof;
  const withdrawal = await view.findWithdrawal(row);
  if (isTombstone(row)) return { status: "withdrawn", by: "quorum", proof, withdrawal };
  if (isWithdrawn(row, withdrawal)) return { status: "withdrawn", by: "guardian", proof, withdrawal };
  return { status: "approved", proof, withdrawal };
}

/** What was made of verified chunks holds, unless it was made wrongly. */
function requireProof(holds: boolean): void {
  if (!holds) throw new TypeError("a proof that does not hold");
}
