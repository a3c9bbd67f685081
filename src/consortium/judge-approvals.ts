import type { Approval } from "../cat/batch.js";
import type { TypedData } from "../keys/typed-data.js";
import { type AccountKind, readAccountKind } from "../registry/account-kind.js";
import { judgeSignature } from "../registry/judge-signature.js";
import type { Registry } from "../registry/registry.js";
import { splitSafeSignature, typedSafeMessage } from "../registry/safe.js";
import { type BatchFile, typedBatch } from "./batch-file.js";
import { findSafe } from "./join-approvals.js";

/** What an approval is worth at the moment. A contract may say something else at a later block. */
export type Verdict = "holds" | "does not hold" | "not a member";

export interface JudgedApproval {
  readonly member: string;
  /** A contract's approval is judged by itself (ERC-1271), all others by the account's key. */
  readonly kind: AccountKind["kind"];
  readonly verdict: Verdict;
  /** Of a Safe that does not hold yet, where owners of it have signed: who, and how many have to. */
  readonly safe?: { readonly owners: readonly string[]; readonly threshold: number };
}

/**
 * Looks at the approvals of a batch as the registry will, before anybody pays for that.
 * @throws CatnixError what the chain throws
 */
export async function judgeApprovals(
  registry: Registry,
  file: Pick<BatchFile, "registry" | "batch" | "approvals">,
): Promise<JudgedApproval[]> {
  const { members } = await registry.council();
  const data = typedBatch(file);
  return Promise.all(file.approvals.map((approval) => judgeApproval(registry, data, approval, members)));
}

/**
 * The same for the approval of one member, which the file has to hold.
 * @throws CatnixError what the chain throws
 */
export async function judgeApprovalOf(
  registry: Registry,
  file: BatchFile,
  member: string,
): Promise<{ approval: Approval; verdict: JudgedApproval }> {
  const approval = file.approvals.find((it) => it.member === member);
  if (!approval) throw new RangeError(`no approval of ${member}`);
  const [verdict] = await judgeApprovals(registry, { ...file, approvals: [approval] });
  return { approval, verdict: verdict! };
}

/**
 * The same for one approval of any act.
 * @param members who may approve it, checksummed
 * @throws CatnixError what the chain throws
 */
export async function judgeApproval(
  registry: Registry,
  data: TypedData,
  approval: Approval,
  members: readonly string[],
): Promise<JudgedApproval> {
  const { member, signature } = approval;
  if (!members.includes(member)) {
    const { kind } = await readAccountKind(registry.chain, member);
    return { member, kind, verdict: "not a member" };
  }
  const { kind, holds } = await judgeSignature(registry, data, approval);
  if (holds) return { member, kind, verdict: "holds" };
  const safe = kind === "contract" ? await findSafe(registry, member) : undefined;
  const parts = safe ? splitSafeSignature(safe, typedSafeMessage(registry, member, data), signature) : [];
  if (!safe || parts.length === 0) return { member, kind, verdict: "does not hold" };
  const owners = parts.map(({ owner }) => owner);
  return { member, kind, verdict: "does not hold", safe: { owners, threshold: safe.threshold } };
}
