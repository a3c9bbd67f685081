import { type Command, Option } from "commander";
import type { BaseWallet } from "ethers";
import { type FoundBuilds, findStandingBuilds, type StandingBuild } from "../../consortium/find-standing-builds.js";
import { isHex } from "../../encoding/hex.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { parseStorePath } from "../../nix/store-path.js";
import type { Registry } from "../../registry/registry.js";
import { withdrawBatch, withdrawBuild } from "../../registry/transact.js";
import { prepareWithdrawal, type PreparedCall, requireReason, type Target } from "../../registry/withdrawal-calls.js";
import { confirm } from "../ask.js";
import { requireBatch, requireRecord } from "../check-withdrawal.js";
import type { Context } from "../context.js";
import { buildToJson, describeAftermath, describeFound, foreseeAftermath } from "../describe-withdrawal.js";
import { plural } from "../format.js";
import { toSafeBatch } from "../safe-batch.js";
import { costToJson, describeCost, findCost } from "../transaction-cost.js";
import { addExamples, openWallet, parseCount, withContext } from "../options.js";
import { Progress } from "../progress.js";
import { readWholeHistory } from "../read-history.js";
import { withdrawBuilds } from "../withdraw-builds.js";

interface WithdrawOptions {
  readonly path?: string;
  readonly closure?: boolean;
  readonly build?: string;
  readonly batch?: number;
  readonly reason: string;
  readonly key?: string;
  readonly passwordFile?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly calldata?: boolean;
}

export function addWithdrawCommand(registry: Command): void {
  const withdraw = registry
    .command("withdraw")
    .description("withdraw a path, all that it needs, a build or a whole batch at once, as the guardian")
    .addOption(
      new Option("--path <store path>", "every build of this path that any batch listed").conflicts(["build", "batch"]),
    )
    .option("--closure", "with --path: also every build of all that the path refers to, directly or not")
    .addOption(new Option("--build <swarmId>", "a build by the address of its record").conflicts(["path", "batch"]))
    .addOption(new Option("--batch <seq>", "every row that this batch set").argParser(parseCount))
    .requiredOption("--reason <text>", "for people, at most 1,024 bytes")
    .option("--key <file>", "keystore file of the guardian")
    .option("--password-file <file>", "file of mode 0600 with the key's password; else it is asked for")
    .option("--yes", "withdraw without asking, and by --build also what is no record")
    .option("--dry-run", "show what would be withdrawn, and the gas; needs no key")
    .addOption(
      new Option("--calldata", "print the transactions for a guardian that is a contract, such as a Safe").conflicts([
        ...["dryRun", "key"],
      ]),
    )
    .action(async (options: WithdrawOptions, command: Command) =>
      withContext(command, (context) => withdrawCommand(context, options)),
    );
  addExamples(
    withdraw,
    "registry withdraw --path /nix/store/…-xz-5.6.1 --reason 'backdoor' --key guardian.json",
    "registry withdraw --path /nix/store/…-xz-5.6.1 --closure --reason 'backdoor' --dry-run",
    "registry withdraw --batch 17 --reason 'builder was compromised' --key guardian.json",
    "registry withdraw --path /nix/store/…-xz-5.6.1 --reason 'backdoor' --calldata --json > safe.json",
  );
}

/** What there is to withdraw; of a path, with what was found of it. */
interface Targets {
  readonly targets: readonly Target[];
  readonly found?: FoundBuilds | undefined;
}

async function withdrawCommand(context: Context, options: WithdrawOptions): Promise<void> {
  requireOptions(options);
  const registry = await context.registry();
  const { guardian } = await registry.council();
  const isSent = options.dryRun !== true && options.calldata !== true;
  const wallet = isSent ? await openGuardian(context, registry, guardian, options) : undefined;
  if (/^0x0+$/.test(guardian)) throw new CatnixError("NOT_GUARDIAN", { address: "anybody", guardian });
  const { targets, found } = await findTargets(context, registry, options);
  if (found && !context.options.json) console.log(describeFound(found));
  if (wallet) await send(context, registry, wallet, found, options);
  else await prepare(context, registry, guardian, { targets, found }, options);
  if (found) requireComplete(found);
}

/** Before anybody is asked for a password. @throws CatnixError USAGE */
function requireOptions(options: WithdrawOptions): void {
  const { path, build, batch, closure, reason, key, dryRun, calldata } = options;
  const usage = (text: string) => new CatnixError("USAGE", { reason: text });
  if (path === undefined && build === undefined && batch === undefined)
    throw usage("give one of --path, --build and --batch");
  if (build !== undefined && !isHex(build, 32)) throw usage(`${build} is no swarmId`);
  if (closure === true && path === undefined) throw usage("--closure is about a --path");
  if (key === undefined && dryRun !== true && calldata !== true)
    throw usage("give --key, or --calldata where the guardian is a contract, or --dry-run");
  requireReason(reason);
}

async function openGuardian(
  context: Context,
  { chain }: Registry,
  guardian: string,
  { key, passwordFile }: WithdrawOptions,
): Promise<BaseWallet> {
  const wallet = await openWallet({ key: key!, ...(passwordFile !== undefined && { passwordFile }) }, context.signal);
  if (wallet.address !== guardian) throw new CatnixError("NOT_GUARDIAN", { address: wallet.address, guardian });
  return wallet.connect(chain.provider);
}

async function findTargets(context: Context, registry: Registry, options: WithdrawOptions): Promise<Targets> {
  const { path, build, batch, yes } = options;
  if (batch !== undefined) {
    await requireBatch(context, registry, batch);
    return { targets: [{ seq: batch }] };
  }
  if (build !== undefined) {
    if (!yes) await requireRecord(context, build);
    return { targets: [{ swarmId: build }] };
  }
  const found = await findBuilds(context, registry, path!, options.closure === true);
  return { targets: found.builds.map(({ swarmId }) => ({ swarmId })), found };
}

/** @throws CatnixError CAT_PATH_UNKNOWN, CAT_PATH_WITHDRAWN where nothing of the path stands any more */
async function findBuilds(context: Context, registry: Registry, path: string, closure: boolean): Promise<FoundBuilds> {
  const { storeDir, chain } = context.config;
  const { nixId } = parseStorePath(path, storeDir);
  const { deploymentBlock, logRange } = chain;
  const state = await registry.state();
  const history = readWholeHistory({ registry, deploymentBlock, logRange });
  const { events } = await context.wait("the registry's events", history);
  const batches = events.flatMap((event) => (event.kind === "batch" ? [event.batch] : []));
  using progress = new Progress(context, "batches looked through", batches.length);
  const found = await findStandingBuilds(nixId, {
    ...{ registry, state, batches, store: context.store(), storeDir, closure, signal: context.signal },
    onProgress: (read, of) => progress.update(read, of, ""),
  });
  if (!found.listed && found.unread.length === 0) throw new CatnixError("CAT_PATH_UNKNOWN", { path, seq: state.seq });
  if (found.builds.length === 0 && found.unread.length === 0) {
    const by = found.tombstone === undefined ? "the guardian" : `batch ${found.tombstone}`;
    throw new CatnixError("CAT_PATH_WITHDRAWN", { path, by });
  }
  return found;
}

/** @throws CatnixError WITHDRAWAL_INCOMPLETE */
function requireComplete({ unread, unreadRecords }: FoundBuilds): void {
  if (unread.length + unreadRecords.length > 0)
    throw new CatnixError("WITHDRAWAL_INCOMPLETE", { unread: [...unread], records: [...unreadRecords] });
}

async function send(
  context: Context,
  registry: Registry,
  wallet: BaseWallet,
  found: FoundBuilds | undefined,
  { batch, build, reason, yes }: WithdrawOptions,
): Promise<void> {
  if (!found) {
    const receipt =
      batch === undefined
        ? await withdrawBuild(registry, wallet, build!, reason, context.noteSent)
        : await withdrawBatch(registry, wallet, batch, reason, context.noteSent);
    const aftermath = foreseeAftermath();
    context.print(
      { ...receipt, ...aftermath },
      `withdrawn in block ${receipt.block} with ${receipt.gas} gas (${receipt.transactionHash})\n${describeAftermath(aftermath)}`,
    );
    return;
  }
  const { builds } = found;
  if (builds.length > 0) await sayCost(context, registry, wallet.address, { builds, reason });
  if (builds.length > 0 && !yes)
    await confirm(
      `Withdraw ${builds.length === 1 ? "this build" : `these ${builds.length} builds`}? It is not undone.`,
      "the withdrawal",
      context.signal,
    );
  const withdrawn = await withdrawBuilds(context, registry, wallet, { builds, reason });
  const gas = withdrawn.reduce((sum, it) => sum + it.gas, 0);
  const aftermath = foreseeAftermath();
  const { unread, unreadRecords } = found;
  const withdrawnMeanwhile = builds.length - withdrawn.length;
  context.print(
    { builds: withdrawn.map(buildToJson), gas, withdrawnMeanwhile, unread, unreadRecords, ...aftermath },
    `${plural(withdrawn.length, "build")} withdrawn with ${gas} gas\n${describeAftermath(aftermath)}`,
  );
}

/** One stands for all: each writes the same slots of its own. */
async function sayCost(
  context: Context,
  registry: Registry,
  guardian: string,
  { builds, reason }: { builds: readonly StandingBuild[]; reason: string },
): Promise<void> {
  try {
    const { gas } = await prepareWithdrawal(registry, guardian, builds[0]!, reason);
    const cost = await findCost(registry, guardian, gas * builds.length);
    context.note(`about ${cost.gas} gas in ${plural(builds.length, "transaction")}; ${describeCost(cost)}`);
  } catch (error) {
    // It may be withdrawn in the meantime, which is passed over: nothing here may hold up an alarm.
    if (!isCatnixError(error)) throw error;
    context.note(`what it costs is not known: ${error.message}`);
  }
}

/** Shows what would be sent, or what somebody else is to send. */
async function prepare(
  context: Context,
  registry: Registry,
  guardian: string,
  { targets, found }: Targets,
  { calldata, reason }: WithdrawOptions,
): Promise<void> {
  const calls: (PreparedCall & { gas: number })[] = [];
  for (const target of targets) calls.push(await prepareWithdrawal(registry, guardian, target, reason));
  const gas = calls.reduce((sum, call) => sum + call.gas, 0);
  const ofPath = found && { unread: found.unread, unreadRecords: found.unreadRecords };
  const facts = { ...(found && { builds: found.builds.map(buildToJson), ...ofPath }), guardian, gas };
  const text = `about ${gas} gas in ${plural(calls.length, "transaction")} of the guardian ${guardian}`;
  if (calldata !== true) {
    const cost = await findCost(registry, guardian, gas);
    context.print({ ...facts, ...costToJson(cost) }, `${text}; ${describeCost(cost)}; nothing was sent`);
    return;
  }
  const lines = calls.map(({ to, value, data }) => `to ${to} value ${value} data ${data}`);
  const { batch, left } = toSafeBatch(registry, { calls, guardian, reason });
  context.print({ ...batch, ...facts, left }, lines.join("\n"));
  context.note(text);
}
