import type { AccountKind } from "../registry/account-kind.js";
import { judgeSignature } from "../registry/judge-signature.js";
import type { Registry } from "../registry/registry.js";
import { type BatchFile, typedBatch } from "./batch-file.js";

/** What an approval is worth at the moment. A contract may say something else at a later block. */
export type Verdict = "holds" | "does not hold" | "not a member";

export interface JudgedApproval {
  readonly member: string;
  /** A contract's approval is judged by itself (ERC-1271), all others by the account's key. */
  readonly kind: AccountKind["kind"];
  readonly verdict: Verdict;
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
  return Promise.all(
    file.approvals.map(async (approval): Promise<JudgedApproval> => {
      const { member } = approval;
      const { kind, holds } = await judgeSignature(registry, data, approval);
      if (!members.includes(member)) return { member, kind, verdict: "not a member" };
      return { member, kind, verdict: holds ? "holds" : "does not hold" };
    }),
  );
}
