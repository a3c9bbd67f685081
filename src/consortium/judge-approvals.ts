import type { Registry } from "../registry/registry.js";
import { type BatchFile, isSignedBy } from "./batch-file.js";

/** What an approval is worth at the moment. Whether a contract's signature holds only the chain can say. */
export type Verdict = "holds" | "of a contract" | "does not hold" | "not a member";

export interface JudgedApproval {
  readonly member: string;
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
  const { chain } = registry;
  const judge = async (approval: BatchFile["approvals"][number]): Promise<Verdict> => {
    const { member } = approval;
    if (!members.includes(member)) return "not a member";
    if (isSignedBy(file, approval)) return "holds";
    const code = await chain.ask(() => chain.provider.getCode(member));
    return code === "0x" ? "does not hold" : "of a contract";
  };
  return Promise.all(
    file.approvals.map(async (approval) => ({ member: approval.member, verdict: await judge(approval) })),
  );
}
