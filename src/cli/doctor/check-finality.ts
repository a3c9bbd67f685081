import type { Config } from "../../config/schema.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import { readBlock, readFinalBlock } from "../../registry/finality.js";
import type { Chain } from "../../registry/connect.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "finality";

/** Whether the endpoint knows what is configured to be final. @throws CatnixError RPC_UNAVAILABLE */
export async function checkFinality(chain: Chain, { chain: { finality } }: Config): Promise<Finding> {
  const latest = await readBlock(chain, "latest");
  try {
    const final = await readFinalBlock(chain, finality, latest);
    const message = `${finality}: block ${final.number}, ${latest.number - final.number} behind the latest`;
    if (final.number > 0 || latest.number === 0 || finality === "latest") return ok(CHECK, message);
    return warn(
      CHECK,
      `${message}: only the genesis is final`,
      "Batches do not count yet: wait, or set chain.finality to a number of confirmations; on a development chain to `latest`.",
    );
  } catch (error) {
    if (typeof finality === "number" || !isCatnixError(error)) throw error;
    return {
      ...fail(
        CHECK,
        `${chain.rpcUrl} does not know the ${finality} block`,
        "Set chain.finality to a number of confirmations, or use another chain.rpcUrl.",
      ),
      code: error.code,
    };
  }
}
