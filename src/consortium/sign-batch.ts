import type { BaseWallet } from "ethers";
import { type Approval, BATCH_TYPES, domainOf, toTypedBatch } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { Registry } from "../registry/registry.js";
import type { CheckedBatch } from "./check-batch.js";

/**
 * Signs a batch that was checked here; there is no way to sign one that was not.
 * @throws CatnixError NOT_A_MEMBER
 */
export async function signBatch(checked: CheckedBatch, wallet: BaseWallet, registry: Registry): Promise<Approval> {
  if (!checked.narsChecked) throw new TypeError("a batch is signed only once its NARs were checked");
  const { members } = await registry.council();
  if (!members.includes(wallet.address)) throw new CatnixError("NOT_A_MEMBER", { address: wallet.address });
  const signature = await wallet.signTypedData(domainOf(registry.id), BATCH_TYPES, toTypedBatch(checked.batch));
  return { member: wallet.address, signature };
}
