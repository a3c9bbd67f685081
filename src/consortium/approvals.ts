import { z } from "zod";
import type { Approval } from "../cat/batch.js";
import { account } from "../cat/json-fields.js";
import { MAX_MEMBERS } from "../registry/council-file.js";
import { isSignatureOf, type TypedData } from "../keys/typed-data.js";

/** As many as there can be of a whole council and of another that replaces it: the chain is asked about each. */
const MAX_APPROVALS = 2 * MAX_MEMBERS;

/** Approvals as they stand in the file of any act; that of a Safe which signed on chain is empty. */
export const approvalsSchema = z
  .array(
    z.strictObject({
      member: account,
      // Nothing but 0x is the signature of a Safe that approved on the chain.
      signature: z.string().regex(/^0x([0-9a-f]{2})*$/, "0x and lower-case hexadecimal"),
    }),
  )
  .max(MAX_APPROVALS);

/** One approval a member, the last one, ascending by member as the contract wants them. */
export function mergeApprovals(approvals: readonly Approval[]): Approval[] {
  const byMember = new Map(approvals.map(({ member, signature }) => [member, { member, signature }]));
  return [...byMember.values()].sort((a, b) => (BigInt(a.member) < BigInt(b.member) ? -1 : 1));
}

/**
 * Puts the approvals of several files of one act together. Where they have different ones of one member, the last that is that
 * account's signature counts: a file that was altered on its way does not undo a good one.
 */
export function mergeSigned(typed: TypedData, approvals: readonly Approval[]): Approval[] {
  const signed = approvals.filter(({ member, signature }) => isSignatureOf(typed, member, signature));
  return mergeApprovals([...approvals, ...signed]);
}
