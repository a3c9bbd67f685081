import { type Approval, batchDigest } from "../cat/batch.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { signTypedData, type TypedData } from "../keys/typed-data.js";
import type { TypedDataSigner } from "../keys/typed-data-signer.js";
import { parseStorePath } from "../nix/store-path.js";
import type { Registry } from "../registry/registry.js";
import { requireOwner, type Safe, typedSafeMessage } from "../registry/safe.js";
import { typedBatch } from "./batch-file.js";
import { type CheckedBatch, isCheckedHere } from "./check-batch.js";
import type { BrokenReferrer } from "./find-broken-referrers.js";
import { requireSignable } from "./signable.js";

export interface SignOptions {
  /** Store paths that the signer named to withdraw them although live paths refer to them. */
  readonly force?: readonly string[] | undefined;
}

/**
 * What a member signs of a batch that {@link checkBatch} checked in this process; there is no way to get it for another. Hours may
 * lie between: what the chain says is asked again.
 * @param member checksummed
 * @throws CatnixError BATCH_STALE, BATCH_DEADLINE, ALARM_RAISED, CAT_TOMBSTONE_REFERENCED, NOT_A_MEMBER, and what the chain
 * throws; TypeError where the batch was not checked, or for another registry
 */
export async function prepareApproval(
  checked: CheckedBatch,
  member: string,
  registry: Registry,
  { force = [] }: SignOptions = {},
): Promise<TypedData> {
  if (!isCheckedHere(checked)) throw new TypeError("a batch is signed only where it was checked");
  if (!checked.narsChecked) throw new TypeError("a batch is signed only once its NARs were checked");
  const { batch, digest, brokenReferrers } = checked;
  if (batchDigest(registry.id, batch) !== digest) throw new TypeError("the batch was checked for another registry");
  const broken = brokenReferrers.find(({ storePath }) => !force.includes(storePath));
  if (broken) throw referenced(broken);
  requireSignable(batch, await registry.state(), Date.now() / 1000);
  const { alarmHead, alarms } = await registry.alarmState();
  if (alarmHead !== checked.alarmHead) throw new CatnixError("ALARM_RAISED", { seq: batch.seq, alarms });
  await requireMember(member, registry);
  return typedBatch({ registry: registry.id, batch });
}

/**
 * Signs a batch as the member whose key or wallet it is.
 * @throws CatnixError of {@link prepareApproval}, and what the signer throws
 */
export async function signBatch(
  checked: CheckedBatch,
  signer: TypedDataSigner,
  registry: Registry,
  options: SignOptions = {},
): Promise<Approval> {
  const data = await prepareApproval(checked, signer.address, registry, options);
  return { member: signer.address, signature: await signTypedData(signer, data) };
}

/**
 * Signs a batch as one owner of a Safe that is the member.
 * @returns the Safe's approval as far as this owner makes it: {@link import("./signed-file.js").addToFile} puts owners together
 * @throws CatnixError SAFE_OWNER_UNKNOWN; as {@link signBatch}
 */
export async function signBatchForSafe(
  checked: CheckedBatch,
  signer: TypedDataSigner,
  registry: Registry,
  { safe, ...options }: SignOptions & { readonly safe: Safe },
): Promise<Approval> {
  requireOwner(safe, signer.address);
  const data = await prepareApproval(checked, safe.address, registry, options);
  return {
    member: safe.address,
    signature: await signTypedData(signer, typedSafeMessage(registry, safe.address, data)),
  };
}

/**
 * @param address checksummed
 * @throws CatnixError NOT_A_MEMBER, and what the chain throws
 */
export async function requireMember(address: string, registry: Registry): Promise<void> {
  const { members } = await registry.council();
  if (!members.includes(address)) throw new CatnixError("NOT_A_MEMBER", { address });
}

function referenced({ storePath, referrer }: BrokenReferrer): CatnixError {
  const storeDir = storePath.slice(0, storePath.lastIndexOf("/"));
  const nixId = toHex(parseStorePath(storePath, storeDir).nixId);
  return new CatnixError("CAT_TOMBSTONE_REFERENCED", { nixId, referrer });
}
