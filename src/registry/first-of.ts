import { type CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { Chain } from "./connect.js";

/**
 * Asks one endpoint after another until one gives what holds: for questions whose answers are checked, so that it does not
 * matter who answers.
 * @param chains at least one
 * @throws CatnixError of the first one, where none does; the reason of an aborted signal
 */
export async function firstOf<T>(chains: readonly Chain[], ask: (chain: Chain) => Promise<T>): Promise<T> {
  let first: CatnixError | undefined;
  for (const chain of chains) {
    try {
      return await ask(chain);
    } catch (error) {
      chain.signal?.throwIfAborted();
      if (!isCatnixError(error)) throw error;
      first ??= error;
    }
  }
  throw first ?? new TypeError("no endpoint to ask");
}
