import type { ContractTransactionResponse, Signer, TransactionReceipt } from "ethers";
import type { Act } from "../cat/act.js";
import { type Approval, type Batch, toTypedBatch } from "../cat/batch.js";
import { toTypedCouncil } from "../cat/council.js";
import type { Chain } from "./connect.js";
import { contractAt, explainRevert } from "./contract.js";
import { CatRegistry__factory } from "./contract-types/factories/CatRegistry__factory.js";
import type { FoundingCouncil } from "./council-file.js";
import type { Registry } from "./registry.js";
import { waitReceipt } from "./wait-receipt.js";

/** What a transaction came to. */
export interface Receipt {
  readonly transactionHash: string;
  readonly block: number;
  readonly gas: number;
}

/** Told the hash of a transaction as soon as it is sent: it counts, whatever becomes of who waits for it. */
export type OnSent = (transactionHash: string) => void;

/**
 * Deploys a registry.
 * @param signer connected to the chain; pays
 * @throws CatnixError CALL_REVERTED where the council is none, TRANSACTION_FAILED, RPC_UNAVAILABLE
 */
export async function deployRegistry(
  chain: Chain,
  signer: Signer,
  council: FoundingCouncil,
  onSent?: OnSent,
): Promise<Receipt & { registry: string }> {
  const { members, publishThreshold, councilThreshold, guardian, charter } = council;
  const call = "the deployment";
  const contract = await named(call, chain, () =>
    new CatRegistry__factory(signer).deploy([...members], publishThreshold, councilThreshold, guardian, charter),
  );
  const { hash } = contract.deploymentTransaction()!;
  onSent?.(hash);
  const receipt = await waitReceipt(chain, call, hash);
  return { ...describeReceipt(receipt), registry: await contract.getAddress() };
}

/**
 * Submits an act: simulated first, so that a refusal costs nothing and says why.
 * @param signer connected to the chain; pays, and need not be a member
 * @param approvals in any order, each member once
 * @throws CatnixError CALL_REVERTED, TRANSACTION_FAILED, RPC_UNAVAILABLE
 */
export async function submitAct(
  registry: Registry,
  signer: Signer,
  act: Act,
  approvals: readonly Approval[],
  onSent?: OnSent,
): Promise<Receipt> {
  const contract = contractAt(registry.id.registry, signer);
  const sorted = [...approvals].sort((a, b) => (a.member.toLowerCase() < b.member.toLowerCase() ? -1 : 1));
  switch (act.kind) {
    case "batch": {
      const batch = toTypedBatch(act.batch);
      return transact(registry, "publish", onSent, async () => {
        await contract.publish.staticCall(batch, sorted);
        return contract.publish(batch, sorted);
      });
    }
    case "council": {
      const council = toTypedCouncil(act.council);
      return transact(registry, "changeCouncil", onSent, async () => {
        await contract.changeCouncil.staticCall(council, sorted);
        return contract.changeCouncil(council, sorted);
      });
    }
    case "retirement":
      return transact(registry, "retire", onSent, async () => {
        await contract.retire.staticCall(act.retirement, sorted);
        return contract.retire(act.retirement, sorted);
      });
  }
}

/** Submits a batch; as {@link submitAct}. */
export function submitBatch(
  registry: Registry,
  signer: Signer,
  batch: Batch,
  approvals: readonly Approval[],
  onSent?: OnSent,
): Promise<Receipt> {
  return submitAct(registry, signer, { kind: "batch", batch }, approvals, onSent);
}

/** Withdraws a batch, as the guardian; throws as {@link submitAct}. */
export async function withdrawBatch(
  registry: Registry,
  signer: Signer,
  seq: number,
  reason: string,
  onSent?: OnSent,
): Promise<Receipt> {
  const contract = contractAt(registry.id.registry, signer);
  return transact(registry, "withdrawBatch", onSent, async () => {
    await contract.withdrawBatch.staticCall(seq, reason);
    return contract.withdrawBatch(seq, reason);
  });
}

/** Withdraws a build, as the guardian; throws as {@link submitAct}. `swarmId`: 64 hex digits. */
export async function withdrawBuild(
  registry: Registry,
  signer: Signer,
  swarmId: string,
  reason: string,
  onSent?: OnSent,
): Promise<Receipt> {
  const contract = contractAt(registry.id.registry, signer);
  return transact(registry, "withdrawBuild", onSent, async () => {
    await contract.withdrawBuild.staticCall(`0x${swarmId}`, reason);
    return contract.withdrawBuild(`0x${swarmId}`, reason);
  });
}

/**
 * Sends the withdrawal of a build and does not wait for it, so that many can be on their way at once; simulated first.
 * @param nonce number of the transaction among the guardian's
 * @returns its hash, for {@link awaitReceipt}
 * @throws CatnixError CALL_REVERTED, TRANSACTION_FAILED, RPC_UNAVAILABLE
 */
export async function sendWithdrawal(
  { chain, id }: Registry,
  signer: Signer,
  { swarmId, reason, nonce }: { readonly swarmId: string; readonly reason: string; readonly nonce: number },
): Promise<string> {
  const contract = contractAt(id.registry, signer);
  const { hash } = await named("withdrawBuild", chain, async () => {
    await contract.withdrawBuild.staticCall(`0x${swarmId}`, reason);
    return contract.withdrawBuild(`0x${swarmId}`, reason, { nonce });
  });
  return hash;
}

/** Waits for a transaction that was sent. @throws CatnixError TRANSACTION_FAILED, RPC_UNAVAILABLE */
export async function awaitReceipt({ chain }: Registry, call: string, hash: string): Promise<Receipt> {
  return describeReceipt(await waitReceipt(chain, call, hash));
}

async function transact(
  registry: Registry,
  call: string,
  onSent: OnSent | undefined,
  send: () => Promise<ContractTransactionResponse>,
): Promise<Receipt> {
  const { hash } = await named(call, registry.chain, send);
  onSent?.(hash);
  return awaitReceipt(registry, call, hash);
}

async function named<T>(call: string, chain: Chain, work: () => Promise<T>): Promise<T> {
  try {
    return await chain.ask(work);
  } catch (error) {
    throw explainRevert(call, error);
  }
}

function describeReceipt({ hash, blockNumber, gasUsed }: TransactionReceipt): Receipt {
  return { transactionHash: hash, block: blockNumber, gas: Number(gasUsed) };
}
