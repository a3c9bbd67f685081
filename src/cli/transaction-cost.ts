import { formatEther, formatUnits } from "ethers";
import { readFunds, type Funds } from "../registry/read-funds.js";
import type { Registry } from "../registry/registry.js";

/** What transactions would cost, and what there is to pay them with. */
export interface TransactionCost extends Funds {
  readonly gas: number;
  /** Wei, at the price of now. */
  readonly cost: bigint;
}

/** @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID */
export async function findCost({ chain }: Registry, payer: string, gas: number): Promise<TransactionCost> {
  const funds = await readFunds(chain, payer);
  return { ...funds, gas, cost: BigInt(gas) * funds.gasPrice };
}

/** In the chain's currency, whatever that is. */
export function describeCost({ cost, gasPrice, balance }: TransactionCost): string {
  const price = `${formatUnits(gasPrice, "gwei")} gwei`;
  const text = `at ${price} that is ${formatEther(cost)} of the chain's currency, and ${formatEther(balance)} is there`;
  return balance < cost ? `${text}: NOT ENOUGH` : text;
}

/** Amounts in wei, decimal. */
export function costToJson({ cost, gasPrice, balance }: TransactionCost): object {
  return { gasPrice: String(gasPrice), cost: String(cost), balance: String(balance) };
}
