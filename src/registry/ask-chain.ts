import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { Chain } from "./connect.js";

/**
 * Asks the chain one thing. Whatever an answer makes ethers throw is the endpoint's fault and no reason to end the
 * process: a `null` where a list belongs is a TypeError there, a lost state a reverted call.
 * @param question a request, and nothing else that could fail
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID; the reason of the chain's signal where that is aborted
 */
export async function askChain<T>(chain: Chain, question: () => Promise<T>): Promise<T> {
  try {
    return await chain.ask(question);
  } catch (error) {
    chain.signal?.throwIfAborted();
    if (isCatnixError(error)) throw error;
    const { shortMessage, message } = error as Error & { shortMessage?: string };
    throw new CatnixError(
      "RPC_ANSWER_INVALID",
      { url: chain.rpcUrl, reason: shortMessage ?? message },
      { cause: error },
    );
  }
}
