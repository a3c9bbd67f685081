import type { Approval } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { spellSignature, type TypedData } from "../keys/typed-data.js";
import { judgeSignature } from "../registry/judge-signature.js";
import type { Registry } from "../registry/registry.js";
import { splitSafeSignature, typedSafeMessage } from "../registry/safe.js";
import { findSafe } from "./join-approvals.js";

/**
 * A signature as the registry takes it, or an owner's part of a Safe's.
 * @throws CatnixError SIGNATURE_INVALID
 */
export async function acceptSignature(registry: Registry, data: TypedData, given: Approval): Promise<Approval> {
  const { member, signature } = given;
  const { kind, holds } = await judgeSignature(registry, data, given);
  if (holds) return given;
  if (kind !== "contract") {
    const spelt = spellSignature(signature);
    if (spelt !== undefined && (await judgeSignature(registry, data, { member, signature: spelt })).holds)
      return { member, signature: spelt };
    throw new CatnixError("SIGNATURE_INVALID", { member, reason: "its account did not sign this so" });
  }
  const safe = await findSafe(registry, member);
  if (!safe) throw new CatnixError("SIGNATURE_INVALID", { member, reason: "its contract does not take it (ERC-1271)" });
  const message = typedSafeMessage(registry, member, data);
  for (const part of [signature, spellSignature(signature) ?? signature])
    if (splitSafeSignature(safe, message, part).length > 0) return { member, signature: part };
  throw new CatnixError("SIGNATURE_INVALID", { member, reason: "neither the Safe takes it, nor is it of an owner" });
}
