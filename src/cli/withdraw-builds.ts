import type { BaseWallet } from "ethers";
import type { StandingBuild } from "../consortium/find-standing-builds.js";
import { fromHex } from "../encoding/hex.js";
import { isCatnixError } from "../errors/catnix-error.js";
import type { Registry } from "../registry/registry.js";
import { type Receipt, withdrawBuild } from "../registry/transact.js";
import type { Context } from "./context.js";
import { plural } from "./format.js";

/** Of the contract: nothing would change. */
const ALREADY_WITHDRAWN = "CatRegistryBuildAlreadyWithdrawn";

export type WithdrawnBuild = StandingBuild & Receipt;

/**
 * Withdraws builds one after the other, each by a transaction of its own. The chain is the journal: whoever is interrupted looks
 * again for what stands and goes on with that.
 * @returns those that were withdrawn here; what was withdrawn meanwhile is passed over
 * @throws CatnixError CALL_REVERTED, TRANSACTION_FAILED, RPC_UNAVAILABLE; the signal's reason between two of them
 */
export async function withdrawBuilds(
  context: Context,
  registry: Registry,
  wallet: BaseWallet,
  { builds, reason }: { builds: readonly StandingBuild[]; reason: string },
): Promise<WithdrawnBuild[]> {
  const done: WithdrawnBuild[] = [];
  const { signal } = context;
  try {
    for (const build of builds) {
      signal.throwIfAborted();
      const receipt = await withdrawOne(context, registry, wallet, build, reason);
      if (receipt) done.push({ ...build, ...receipt });
      context.note(
        `${build.storePath ?? build.swarmId}: ${receipt ? `withdrawn, ${receipt.gas} gas` : "withdrawn already"}`,
      );
    }
  } catch (error) {
    context.note(
      `${done.length} of ${plural(builds.length, "build")} withdrawn; the same command goes on with the others`,
    );
    throw error;
  }
  return done;
}

/** @returns undefined where another transaction was first, such as one that was under way when this was interrupted */
async function withdrawOne(
  context: Context,
  registry: Registry,
  wallet: BaseWallet,
  { swarmId, batches }: StandingBuild,
  reason: string,
): Promise<Receipt | undefined> {
  try {
    return await withdrawBuild(registry, wallet, swarmId, reason, context.noteSent);
  } catch (error) {
    // An endpoint may simulate on top of what is still on its way to a block.
    if (isCatnixError(error, "CALL_REVERTED") && error.details.error === ALREADY_WITHDRAWN) return undefined;
    if (!isCatnixError(error, "TRANSACTION_FAILED")) throw error;
    const through = await registry.withdrawnThrough(fromHex(swarmId, 32));
    if (through < Math.max(...batches)) throw error;
    return undefined;
  }
}
