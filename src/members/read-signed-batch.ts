import { batchDigest, type RegistryId } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { CharterMember } from "./charter.js";
import { decodeSignedBatch, type SignedBatch } from "./signed-batch.js";
import { readStatement, type ReadStatementOptions, type StatementStore } from "./statements.js";

/** Which batch is looked for: by its digest, `0x` and 64 hex digits, or by its act. */
export type Wanted = { readonly digest: string } | { readonly seq: number };

/**
 * Reads a signed batch that a member put on Swarm. Whether the signature holds is not looked at.
 * @param id of `approvalId` and the others, 32 bytes
 * @returns undefined where there is none
 * @throws CatnixError STATEMENT_INVALID where it is no signed batch, or another one than wanted; of {@link readStatement}
 */
export async function readSignedBatch(
  stores: StatementStore,
  { ownedKey: owner }: Pick<CharterMember, "ownedKey">,
  id: Uint8Array,
  wanted: Wanted & { readonly registry: RegistryId },
  options?: ReadStatementOptions,
): Promise<SignedBatch | undefined> {
  const payload = await readStatement(stores, owner, id, options);
  if (payload === undefined) return undefined;
  const invalid = (reason: string, cause?: unknown) =>
    new CatnixError("STATEMENT_INVALID", { owner, reason }, { cause });
  let signed: SignedBatch;
  try {
    signed = decodeSignedBatch(payload);
  } catch (error) {
    throw invalid((error as Error).message, error);
  }
  if ("seq" in wanted && signed.batch.seq !== wanted.seq) throw invalid(`it is of act ${signed.batch.seq}`);
  if ("digest" in wanted && batchDigest(wanted.registry, signed.batch) !== wanted.digest)
    throw invalid("it is of another batch");
  return signed;
}
