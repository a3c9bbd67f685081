import { setTimeout as sleep } from "node:timers/promises";
import { CatnixError } from "../errors/catnix-error.js";
import { askChain } from "./ask-chain.js";
import type { Chain } from "./connect.js";

const POLL_MS = 250;
/** As long as for a receipt: twenty-five blocks of Ethereum, sixty of Gnosis Chain. */
const PATIENCE_MS = 5 * 60 * 1000;

/**
 * Waits until no transaction of an account is on its way: one may be what was sent, for the same purpose, by a command that was killed
 * then, and the next one would only pay for being refused. What an endpoint does not tell of, nobody waits for.
 * @throws CatnixError PAYER_BUSY where they do not get into a block in time; what the chain throws; the reason of its signal
 */
export async function waitTurn(chain: Chain, address: string, patienceMs = PATIENCE_MS): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const [sent, mined] = await Promise.all(
      (["pending", "latest"] as const).map((block) =>
        askChain(chain, () => chain.provider.getTransactionCount(address, block)),
      ),
    );
    if (sent! <= mined!) return;
    if (performance.now() > until) throw new CatnixError("PAYER_BUSY", { address, waiting: sent! - mined! });
    await sleep(POLL_MS, undefined, { signal: chain.signal });
  }
}
