import { askChain } from "./ask-chain.js";
import type { Chain } from "./connect.js";

/** What an account has, and what gas costs at the moment, both in wei. */
export interface Funds {
  readonly balance: bigint;
  /** At most, as transactions are sent with it. */
  readonly gasPrice: bigint;
}

/**
 * @param address checksummed
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function readFunds(chain: Chain, address: string): Promise<Funds> {
  const [balance, { maxFeePerGas, gasPrice }] = await Promise.all([
    askChain(chain, () => chain.provider.getBalance(address)),
    askChain(chain, () => chain.provider.getFeeData()),
  ]);
  return { balance, gasPrice: maxFeePerGas ?? gasPrice ?? 0n };
}
