import { type Approval, BATCH_TYPES, batchDigest, domainOf, toTypedBatch } from "../cat/batch.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { TypedDataSigner } from "../keys/typed-data-signer.js";
import { parseStorePath } from "../nix/store-path.js";
import type { Registry } from "../registry/registry.js";
import { type CheckedBatch, isCheckedHere } from "./check-batch.js";
import type { BrokenReferrer } from "./find-broken-referrers.js";
import { requireSignable } from "./signable.js";

export interface SignOptions {
  /** Store paths that the signer named to withdraw them although live paths refer to them. */
  readonly force?: readonly string[] | undefined;
}

/**
 * Signs a batch that {@link checkBatch} checked in this process; there is no way to sign another. Hours may lie between:
 * what the chain says is asked again.
 * @throws CatnixError BATCH_STALE, BATCH_DEADLINE, ALARM_RAISED, CAT_TOMBSTONE_REFERENCED, NOT_A_MEMBER, and what the chain
 * and the signer throw; TypeError where the batch was not checked, or for another registry
 */
export async function signBatch(
  checked: CheckedBatch,
  signer: TypedDataSigner,
  registry: Registry,
  { force = [] }: SignOptions = {},
): Promise<Approval> {
  if (!isCheckedHere(checked)) throw new TypeError("a batch is signed only where it was checked");
  if (!checked.narsChecked) throw new TypeError("a batch is signed only once its NARs were checked");
  const { batch, digest, brokenReferrers } = checked;
  if (batchDigest(registry.id, batch) !== digest) throw new TypeError("the batch was checked for another registry");
  const broken = brokenReferrers.find(({ storePath }) => !force.includes(storePath));
  if (broken) throw referenced(broken);
  requireSignable(batch, await registry.state(), Date.now() / 1000);
  const { alarmHead, alarms } = await registry.alarmState();
  if (alarmHead !== checked.alarmHead) throw new CatnixError("ALARM_RAISED", { seq: batch.seq, alarms });
  await requireMember(signer.address, registry);
  const signature = await signer.signTypedData(domainOf(registry.id), BATCH_TYPES, toTypedBatch(batch));
  return { member: signer.address, signature };
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
