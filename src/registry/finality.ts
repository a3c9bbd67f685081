import { CatnixError } from "../errors/catnix-error.js";
import { askChain } from "./ask-chain.js";
import type { Chain } from "./connect.js";

/** When a batch counts: a block tag, or a number of confirmations (0: the latest block). */
export type Finality = "finalized" | "safe" | "latest" | number;

/** A block of the chain. */
export interface BlockMark {
  readonly number: number;
  /** `0x` and 64 hex digits. */
  readonly hash: string;
}

/**
 * @param block its number, or a tag
 * @throws CatnixError RPC_UNAVAILABLE; RPC_ANSWER_INVALID where there is no such block
 */
export async function readBlock(chain: Chain, block: number | "finalized" | "safe" | "latest"): Promise<BlockMark> {
  const found = await askChain(chain, () => chain.provider.getBlock(block));
  if (typeof found?.hash !== "string" || (typeof block === "number" && found.number !== block))
    throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason: `it has no block ${block}` });
  return { number: found.number, hash: found.hash };
}

/**
 * The last block that is final, at a chain whose latest block is `latest`; its genesis where nothing else is.
 * @throws CatnixError as {@link readBlock}
 */
export async function readFinalBlock(chain: Chain, finality: Finality, latest: BlockMark): Promise<BlockMark> {
  if (finality === "latest" || finality === 0) return latest;
  return readBlock(chain, typeof finality === "number" ? Math.max(0, latest.number - finality) : finality);
}
