import type { Approval } from "../cat/batch.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { isSignatureOf, type TypedData } from "../keys/typed-data.js";
import { judgeSignature } from "../registry/judge-signature.js";
import type { Registry } from "../registry/registry.js";
import { joinSafeParts, readSafe, type Safe, splitSafeSignature, typedSafeMessage } from "../registry/safe.js";
import { mergeSigned } from "./approvals.js";

/**
 * One approval a member, ascending: what {@link mergeSigned} makes of them, and what the chain has to be asked for as well: of several of
 * a contract the one that holds, and of a Safe the parts of all its owners.
 * @param approvals in any order, several of one member too
 * @throws CatnixError what the chain throws
 */
export async function joinApprovals(
  registry: Registry,
  data: TypedData,
  approvals: readonly Approval[],
): Promise<Approval[]> {
  const join = async (approval: Approval): Promise<Approval> => {
    const of = approvals.filter(({ member }) => member === approval.member).map(({ signature }) => signature);
    const signatures = [...new Set(of)];
    if (signatures.length === 1 || isSignatureOf(data, approval.member, approval.signature)) return approval;
    return joinSignatures(registry, data, approval.member, signatures);
  };
  return Promise.all(mergeSigned(data, approvals).map(join));
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
