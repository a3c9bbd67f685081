import type { TransactionReceipt } from "ethers";
import { setTimeout as sleep } from "node:timers/promises";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { askChain } from "./ask-chain.js";
import type { Chain } from "./connect.js";

const POLL_MS = 250;
/** Twenty-five blocks of Ethereum, sixty of Gnosis Chain. */
const PATIENCE_MS = 5 * 60 * 1000;

/**
 * Waits until a transaction that was sent is in a block. An endpoint that fails meanwhile is asked again. (ethers' own waiting
 * knows no end, and a failed poll of it is an unhandled rejection, which ends the process.)
 * @param call what the transaction does, for people
 * @throws CatnixError TRANSACTION_FAILED where it reverted, or was not seen in a block in time
 */
export async function waitReceipt(
  chain: Chain,
  call: string,
  hash: string,
  patienceMs = PATIENCE_MS,
): Promise<TransactionReceipt> {
  const failed = (reason: string, cause?: unknown) =>
    new CatnixError("TRANSACTION_FAILED", { call, reason: `${reason} (${hash})` }, { cause });
  const until = performance.now() + patienceMs;
  let problem: CatnixError | undefined;
  do {
    const receipt = await findReceipt(chain, hash).catch((error: unknown) => {
      if (!isCatnixError(error) || !error.retryable) throw error;
      problem = error;
      return null;
    });
    if (receipt?.status === 0) throw failed("it reverted on the chain");
    if (receipt) return receipt;
    await sleep(POLL_MS, undefined, { signal: chain.signal });
  } while (performance.now() < until);
  const why = problem ? `: ${problem.message}` : "";
  throw failed(
    `it was sent, but not seen in a block within ${Math.ceil(patienceMs / 1000)} s, and may still be${why}`,
    problem,
  );
}

function findReceipt(chain: Chain, hash: string): Promise<TransactionReceipt | null> {
  return askChain(chain, () => chain.provider.getTransactionReceipt(hash));
}
