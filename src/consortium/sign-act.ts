import { contentOf, typedDataOf } from "../cat/act.js";
import type { Approval } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { signTypedData } from "../keys/typed-data.js";
import type { TypedDataSigner } from "../keys/typed-data-signer.js";
import type { Registry } from "../registry/registry.js";
import { requireOwner, type Safe, typedSafeMessage } from "../registry/safe.js";
import type { ActFile } from "./act-file.js";
import { findJoiners } from "./judge-act.js";
import { requireDeadline, requireNextAct } from "./next-act.js";

/**
 * Refuses an act that is not to be signed, or not by this account. What it says, a person has to look at.
 * @param address checksummed
 * @throws CatnixError REGISTRY_RETIRED, ACT_STALE, ACT_DEADLINE, NOT_A_MEMBER, and what the chain throws
 */
export async function requireSigner(registry: Registry, file: ActFile, address: string): Promise<void> {
  await requireNextAct(registry, file.act);
  requireDeadline(contentOf(file.act));
  const council = await registry.council();
  if (!council.members.includes(address) && !findJoiners(council, file).includes(address))
    throw new CatnixError("NOT_A_MEMBER", { address });
}

/**
 * Signs a change of the council or a retirement, as a member or as who joins. A person may have thought for hours: what the
 * chain says is asked again.
 * @param safe the member where the signer is one of its owners: the approval is this owner's part of the Safe's then
 * @throws CatnixError as {@link requireSigner}, and what the signer throws; SAFE_OWNER_UNKNOWN; TypeError for an act of another
 * registry
 */
export async function signAct(
  registry: Registry,
  file: ActFile,
  signer: TypedDataSigner,
  safe?: Safe,
): Promise<Approval> {
  const { chainId, registry: address } = file.registry;
  if (chainId !== registry.id.chainId || address !== registry.id.registry)
    throw new TypeError("the act is for another registry");
  if (safe) requireOwner(safe, signer.address);
  const member = safe?.address ?? signer.address;
  await requireSigner(registry, file, member);
  const act = typedDataOf(file.registry, file.act);
  const signature = await signTypedData(signer, safe ? typedSafeMessage(registry, safe.address, act) : act);
  return { member, signature };
}
