import { typedDataOf } from "../cat/act.js";
import type { Approval } from "../cat/batch.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { isSignatureOf, type TypedData } from "../keys/typed-data.js";
import { judgeSignature } from "../registry/judge-signature.js";
import type { Registry } from "../registry/registry.js";
import { joinSafeParts, readSafe, type Safe, splitSafeSignature, typedSafeMessage } from "../registry/safe.js";
import { type ActFile, mergeActFiles } from "./act-file.js";
import { type BatchFile, mergeBatchFiles, typedBatch } from "./batch-file.js";

/**
 * Puts several files of the same batch together, as {@link mergeBatchFiles} does, and what the chain has to be asked for as well:
 * of several approvals of a contract the one that holds, and of a Safe the parts of all its owners.
 * @throws CatnixError BATCH_FILE_INVALID where one is of another batch; what the chain throws
 */
export async function joinApprovals(
  registry: Registry,
  files: readonly { file: string; content: BatchFile }[],
): Promise<BatchFile> {
  const merged = mergeBatchFiles(files);
  return { ...merged, approvals: await joinAll(registry, typedBatch(merged), merged, files) };
}

/**
 * The same for a change of the council or a retirement.
 * @throws CatnixError ACT_FILE_INVALID where one is of another act; what the chain throws
 */
export async function joinActApprovals(
  registry: Registry,
  files: readonly { file: string; content: ActFile }[],
): Promise<ActFile> {
  const merged = mergeActFiles(files);
  const data = typedDataOf(merged.registry, merged.act);
  return { ...merged, approvals: await joinAll(registry, data, merged, files) };
}

interface HasApprovals {
  readonly approvals: readonly Approval[];
}

async function joinAll(
  registry: Registry,
  data: TypedData,
  merged: HasApprovals,
  files: readonly { content: HasApprovals }[],
): Promise<Approval[]> {
  const all = files.flatMap(({ content }) => content.approvals);
  const join = async (approval: Approval): Promise<Approval> => {
    const of = all.filter(({ member }) => member === approval.member).map(({ signature }) => signature);
    const signatures = [...new Set(of)];
    if (signatures.length === 1 || isSignatureOf(data, approval.member, approval.signature)) return approval;
    return joinSignatures(registry, data, approval.member, signatures);
  };
  return Promise.all(merged.approvals.map(join));
}

/** @param signatures of one member, at least one */
async function joinSignatures(
  registry: Registry,
  data: TypedData,
  member: string,
  signatures: readonly string[],
): Promise<Approval> {
  for (const signature of signatures.toReversed()) {
    const { kind, holds } = await judgeSignature(registry, data, { member, signature });
    if (holds) return { member, signature };
    if (kind !== "contract") return { member, signature };
  }
  const safe = await findSafe(registry, member);
  const message = typedSafeMessage(registry, member, data);
  const parts = safe ? signatures.flatMap((signature) => splitSafeSignature(safe, message, signature)) : [];
  return { member, signature: parts.length === 0 ? signatures.at(-1)! : joinSafeParts(parts) };
}

/** @returns undefined where a contract is no Safe that can be signed for */
export async function findSafe(registry: Registry, address: string): Promise<Safe | undefined> {
  try {
    return await readSafe(registry, address);
  } catch (error) {
    if (isCatnixError(error, "SAFE_UNSUPPORTED")) return undefined;
    throw error;
  }
}
