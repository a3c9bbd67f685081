import type { BaseWallet } from "ethers";
import type { StandingBuild } from "../consortium/find-standing-builds.js";
import { fromHex } from "../encoding/hex.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { askChain } from "../registry/ask-chain.js";
import type { Registry } from "../registry/registry.js";
import { awaitReceipt, type Receipt, sendWithdrawal } from "../registry/transact.js";
import type { Context } from "./context.js";
import { plural } from "./format.js";

/** Transactions on their way at once: a block takes them together, and no node holds so few back. */
const WAVE = 16;
/** Of the contract: nothing would change. */
const ALREADY_WITHDRAWN = "CatRegistryBuildAlreadyWithdrawn";

export type WithdrawnBuild = StandingBuild & Receipt;

/**
 * Withdraws builds, each by a transaction of its own, some on their way at once: an alarm does not wait a block for each. The chain is
 * the journal: whoever is interrupted looks again for what stands and goes on with that.
 * @returns those that were withdrawn here; what was withdrawn meanwhile is passed over
 * @throws CatnixError CALL_REVERTED, TRANSACTION_FAILED, RPC_UNAVAILABLE; the signal's reason. What was sent until then is waited for,
 * where nobody interrupts that, and standard error says what is done.
 */
export async function withdrawBuilds(
  context: Context,
  registry: Registry,
  wallet: BaseWallet,
  { builds, reason }: { builds: readonly StandingBuild[]; reason: string },
): Promise<WithdrawnBuild[]> {
  const run = new Run(context, registry, wallet, reason);
  try {
    let nonce = await askChain(registry.chain, () => wallet.getNonce("pending"));
    for (let at = 0; at < builds.length; at += WAVE) nonce = await run.withdrawAll(builds.slice(at, at + WAVE), nonce);
  } catch (error) {
    const [done, sent] = [run.done.length, run.underWay];
    context.note(
      `${done} of ${plural(builds.length, "build")} withdrawn${sent > 0 ? `, ${sent} more sent` : ""}; the same command goes on with the others`,
    );
    throw error;
  }
  return run.done;
}

class Run {
  readonly done: WithdrawnBuild[] = [];
  /** Sent, and not known to be in a block. */
  underWay = 0;

  constructor(
    readonly context: Context,
    readonly registry: Registry,
    readonly wallet: BaseWallet,
    readonly reason: string,
  ) {}

  /** @returns the nonce of the transaction that comes next */
  async withdrawAll(builds: readonly StandingBuild[], nonce: number): Promise<number> {
    const sent: { build: StandingBuild; hash: string }[] = [];
    try {
      for (const build of builds) {
        this.context.signal.throwIfAborted();
        const hash = await this.#send(build, nonce + sent.length);
        if (hash !== undefined) sent.push({ build, hash });
      }
    } finally {
      // What was sent counts, whatever keeps the others from it.
      this.underWay = sent.length;
      for (const { build, hash } of sent) await this.#finish(build, hash);
    }
    return nonce + sent.length;
  }

  /** @returns undefined where there is nothing to withdraw any more */
  async #send(build: StandingBuild, nonce: number): Promise<string | undefined> {
    const { swarmId } = build;
    try {
      return await sendWithdrawal(this.registry, this.wallet, { swarmId, reason: this.reason, nonce });
    } catch (error) {
      // An endpoint may simulate on top of what is still on its way to a block.
      if (!isCatnixError(error, "CALL_REVERTED") || error.details.error !== ALREADY_WITHDRAWN) throw error;
      this.#say(build);
      return undefined;
    }
  }

  /** A transaction that was under way when a former start was interrupted may have been first: then this one reverted. */
  async #finish(build: StandingBuild, hash: string): Promise<void> {
    try {
      const receipt = await awaitReceipt(this.registry, "withdrawBuild", hash);
      this.done.push({ ...build, ...receipt });
      this.#say(build, receipt);
    } catch (error) {
      if (!isCatnixError(error, "TRANSACTION_FAILED")) throw error;
      const through = await this.registry.withdrawnThrough(fromHex(build.swarmId, 32));
      if (through < Math.max(...build.batches)) throw error;
      this.#say(build);
    }
    this.underWay--;
  }

  #say({ storePath, swarmId }: StandingBuild, receipt?: Receipt): void {
    const how = receipt ? `withdrawn, ${receipt.gas} gas, ${receipt.transactionHash}` : "withdrawn already";
    this.context.note(`${storePath ?? swarmId}: ${how}`);
  }
}
