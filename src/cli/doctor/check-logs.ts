import type { Config } from "../../config/schema.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import { readHistory } from "../../registry/history.js";
import type { Registry } from "../../registry/registry.js";
import { plural } from "../format.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "logs";
/** Blocks before the deployment that are worth a word. */
const LONG_WAY = 100_000;

/**
 * Asks for logs as the indexer will: from the deployment block, `logRange` blocks at once.
 * @param latest number of the latest block, not before the deployment block
 * @throws CatnixError RPC_UNAVAILABLE where not even one block's logs are given; RPC_ANSWER_INVALID
 */
export async function checkLogs(registry: Registry, latest: number, { chain }: Config): Promise<Finding> {
  const { deploymentBlock: from, logRange } = chain;
  const to = Math.min(latest, from + logRange - 1);
  const asked = `from block ${from}, ${plural(to - from + 1, "block")} at once`;
  const events = await readHistory(registry, { from, to }).catch(async (error: unknown) => {
    if (from === to || !isCatnixError(error, "RPC_UNAVAILABLE")) throw error;
    await readHistory(registry, { from, to: from });
    return error.message;
  });
  if (typeof events === "string")
    return warn(
      CHECK,
      `${asked}: refused (${events})`,
      "Set chain.logRange to what the endpoint allows; the indexer finds it out by itself, with more requests.",
    );
  const first = events.find((event) => event.kind !== "alarm");
  if (first && !(first.kind === "council" && first.seq === 0))
    return fail(
      CHECK,
      `${asked}: the first act is ${first.seq}, and not the founding`,
      "Set chain.deploymentBlock to the block of the registry's deployment, or an earlier one.",
    );
  const message = `${asked}: ${plural(events.length, "event")}`;
  if (!first && latest - from > LONG_WAY)
    return warn(
      CHECK,
      message,
      "Set chain.deploymentBlock to the block of the registry's deployment, so that the first start does not read all before it.",
    );
  return ok(CHECK, message);
}
