import { existsSync } from "node:fs";
import type { Approval } from "../cat/batch.js";
import { type ActFile, readActFile, writeActFile } from "../consortium/act-file.js";
import { joinActApprovals } from "../consortium/join-approvals.js";
import { judgeAct, type JudgedAct } from "../consortium/judge-act.js";
import type { Registry } from "../registry/registry.js";

export interface NewActApproval {
  readonly file: string;
  /** What the file held when it was read. */
  readonly content: ActFile;
  readonly approval: Approval;
  /** The file that is written, which may hold approvals of the same act already. */
  readonly out: string;
}

/**
 * Adds an approval to the file of an act, beside those that came meanwhile; a Safe's is joined of its owners' parts.
 * @returns what all approvals of the file are worth
 * @throws CatnixError ACT_FILE_INVALID where `out` is something else; FILE_UNWRITABLE; what the chain throws
 */
export async function addActApproval(
  registry: Registry,
  { file, content, approval, out }: NewActApproval,
): Promise<JudgedAct> {
  // Reading takes its time: what others have signed in the meantime stays.
  const found = existsSync(out) ? [{ file: out, content: await readActFile(out) }] : [];
  const added = { file, content: { ...content, approvals: [approval] } };
  const merged = await joinActApprovals(registry, [{ file, content }, ...found, added]);
  await writeActFile(out, merged);
  return judgeAct(registry, await registry.council(), merged);
}
