import type { Wallet } from "ethers";
import { type Approval, domainOf } from "../../src/cat/batch.js";
import { type Council, COUNCIL_TYPES, toTypedCouncil } from "../../src/cat/council.js";
import { type Retirement, RETIREMENT_TYPES } from "../../src/cat/retirement.js";
import { contractAt } from "../../src/registry/contract.js";
import { sortAddresses } from "../../src/registry/council-file.js";
import type { PublishTo } from "./publish-batch.js";

const DEADLINE = 4_000_000_000;

function ascending(approvals: Approval[]): Approval[] {
  return approvals.sort((a, b) => (BigInt(a.member) < BigInt(b.member) ? -1 : 1));
}

/** Changes the council, signed by the whole quorum and by those who join. */
export async function changeCouncil(
  { registry, members, sender }: PublishTo,
  changes: Partial<Council>,
  joiners: readonly Pick<Wallet, "address" | "signTypedData">[] = [],
): Promise<Council> {
  const [{ seq, head }, now] = [await registry.state(), await registry.council()];
  const changed = { ...now, seq: seq + 1, parent: head, deadline: DEADLINE, ...changes };
  const council = { ...changed, members: sortAddresses(changed.members) };
  const approvals = await Promise.all(
    [...members, ...joiners].map(async (wallet) => ({
      member: wallet.address,
      signature: await wallet.signTypedData(domainOf(registry.id), COUNCIL_TYPES, toTypedCouncil(council)),
    })),
  );
  const contract = contractAt(registry.id.registry, sender);
  await (await contract.changeCouncil(toTypedCouncil(council), ascending(approvals))).wait();
  return council;
}

/** Retires the registry, signed by the whole quorum. */
export async function retireRegistry(
  { registry, members, sender }: PublishTo,
  successor: Pick<Retirement, "successorChainId" | "successor">,
): Promise<Retirement> {
  const { seq, head } = await registry.state();
  const retirement = { seq: seq + 1, parent: head, deadline: DEADLINE, ...successor };
  const approvals = await Promise.all(
    members.map(async (wallet) => ({
      member: wallet.address,
      signature: await wallet.signTypedData(domainOf(registry.id), RETIREMENT_TYPES, retirement),
    })),
  );
  await (await contractAt(registry.id.registry, sender).retire(retirement, ascending(approvals))).wait();
  return retirement;
}
