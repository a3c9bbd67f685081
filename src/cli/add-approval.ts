import { existsSync } from "node:fs";
import type { Approval } from "../cat/batch.js";
import { type BatchFile, readBatchFile, writeBatchFile } from "../consortium/batch-file.js";
import { joinApprovals } from "../consortium/join-approvals.js";
import { type JudgedApproval, judgeApprovals } from "../consortium/judge-approvals.js";
import type { Registry } from "../registry/registry.js";

/** An approval, and the batch file that it goes to. */
export interface NewApproval {
  readonly file: string;
  /** What the file held when it was read. */
  readonly content: BatchFile;
  readonly approval: Approval;
  /** The file that is written, which may hold approvals of the same batch already. */
  readonly out: string;
}

/**
 * Adds an approval to a batch file, beside those that came meanwhile; a Safe's is joined of its owners' parts.
 * @returns the member's approval as it now stands in the file, and what it is worth
 * @throws CatnixError BATCH_FILE_INVALID where `out` is something else; FILE_UNWRITABLE; what the chain throws
 */
export async function addApproval(
  registry: Registry,
  { file, content, approval, out }: NewApproval,
): Promise<{ added: Approval; verdict: JudgedApproval }> {
  // Checking takes its time: what others have signed in the meantime stays.
  const found = existsSync(out) ? [{ file: out, content: await readBatchFile(out) }] : [];
  const fresh = { file, content: { ...content, approvals: [approval] } };
  const merged = await joinApprovals(registry, [{ file, content }, ...found, fresh]);
  const approvals = merged.approvals.filter(({ member }) => member === approval.member);
  const [verdict] = await judgeApprovals(registry, { ...merged, approvals });
  await writeBatchFile(out, merged);
  return { added: approvals[0]!, verdict: verdict! };
}
