import { CatnixError } from "../errors/catnix-error.js";
import { askChain } from "./ask-chain.js";
import type { Registry } from "./registry.js";

/**
 * When a block was made: seconds since 1970.
 * @throws CatnixError RPC_UNAVAILABLE; RPC_ANSWER_INVALID where there is no such block
 */
export async function readBlockTime({ chain }: Pick<Registry, "chain">, block: number): Promise<number> {
  const found = await askChain(chain, () => chain.provider.getBlock(block));
  if (found?.number === block && Number.isSafeInteger(found.timestamp)) return found.timestamp;
  throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason: `it has no block ${block}` });
}
