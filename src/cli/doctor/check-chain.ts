import type { Config } from "../../config/schema.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { askChain } from "../../registry/ask-chain.js";
import type { Chain } from "../../registry/connect.js";
import { plural } from "../format.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "chain";
/** Of Hardhat, anvil and geth's development mode: their blocks come when somebody sends something. */
const DEVELOPMENT = [31_337, 1337];
/** Seconds without a block. */
const [LATE, STUCK] = [600, 86_400];

/** The chain's latest block. */
export interface LatestBlock {
  readonly number: number;
  /** Seconds since 1970. */
  readonly time: number;
}

/** @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID */
export async function readLatestBlock(chain: Chain): Promise<LatestBlock> {
  const block = await askChain(chain, () => chain.provider.getBlock("latest"));
  if (!block) throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason: "it has no latest block" });
  return { number: block.number, time: block.timestamp };
}

/** Judges an endpoint that answers, of the right chain. @param now seconds since 1970 */
export function judgeChain(
  chain: Pick<Chain, "rpcUrl" | "chainId">,
  latest: LatestBlock,
  now: number,
  { chain: settings }: Config,
): Finding {
  const age = Math.max(0, Math.round(now - latest.time));
  const message = `${chain.rpcUrl}, chain ${chain.chainId}, block ${latest.number}, ${age} s old`;
  if (latest.number < settings.deploymentBlock)
    return fail(
      CHECK,
      `${message}, before the registry's deployment in block ${settings.deploymentBlock}`,
      "Wait until the node has synced, or correct chain.deploymentBlock.",
    );
  if (DEVELOPMENT.includes(chain.chainId)) return ok(CHECK, message);
  const hint = "Wait until the node has synced, or use another chain.rpcUrl.";
  if (age > STUCK) return fail(CHECK, `${message}: ${plural(Math.floor(age / 86_400), "day")} without a block`, hint);
  return age > LATE ? warn(CHECK, message, hint) : ok(CHECK, message);
}
