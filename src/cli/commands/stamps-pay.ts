import { type Command, Option } from "commander";
import { CatnixError } from "../../errors/catnix-error.js";
import { formatBzz } from "../../swarm/postage/bzz.js";
import { shortenBatch } from "../../swarm/postage/judge-stamp.js";
import { buyStamp, diluteStamp, topUpStamp } from "../../swarm/postage/pay-stamps.js";
import { amountFor, costOf, MIN_SECONDS, secondsOf } from "../../swarm/postage/plan-stamp.js";
import { readStamp, readWallet, type Stamp } from "../../swarm/postage/stamps.js";
import { waitForStamp } from "../../swarm/postage/wait-stamp.js";
import { confirm } from "../ask.js";
import type { Context } from "../context.js";
import { addExamples, withContext } from "../options.js";
import { parseBatchId, parseDepth, parseLabel, parseLength, parsePlur } from "../parse-postage.js";
import { describePlan, findPrice, formatDays, planPostage, type PostageOptions, secondsIn } from "../plan-postage.js";
import { Progress } from "../progress.js";
import { stampToJson } from "./stamps-list.js";
import { addPostageOptions, requireSize } from "./stamps-plan.js";

interface PayOptions {
  readonly yes?: boolean;
  /** False by `--no-wait`. */
  readonly wait: boolean;
}

interface BuyOptions extends PayOptions, PostageOptions {
  readonly label: string;
  readonly mutable?: boolean;
}

type TopUpOptions = PayOptions & Pick<PostageOptions, "years" | "days" | "amount">;
type DiluteOptions = PayOptions & { readonly depth: number };

/** A node answers a payment once its transactions are in blocks: two of them, on a busy chain minutes. */
const PAYMENT_MS = 10 * 60_000;

export function addStampsPayCommands(stamps: Command): void {
  const buy = addPayOptions(addPostageOptions(stamps.command("buy")))
    .description("buy a postage batch with the wallet of the node, and wait until it can be used")
    .addOption(new Option("--label <text>", "a name for it").argParser(parseLabel).default("catnix"))
    .option("--mutable", "one that overwrites its old chunks when it is full, instead of refusing new ones")
    .action(async (options: BuyOptions, command: Command) =>
      withContext(command, (context) => buyCommand(context, options)),
    );
  addExamples(buy, "stamps buy --size 50GB --years 1", "stamps buy --depth 22 --days 30 --label test --yes --json");

  const topUp = addPayOptions(stamps.command("topup"))
    .description("pay for more time of a postage batch")
    .argument("<batch>", "its id, 64 hexadecimal digits", parseBatchId)
    .addOption(new Option("--years <n>", "time to add; 1 where nothing is given").argParser(parseLength))
    .addOption(new Option("--days <n>", "the same in days").argParser(parseLength).conflicts("years"))
    .addOption(
      new Option("--amount <plur>", "PLUR a chunk to add, instead of a time")
        .argParser(parsePlur)
        .conflicts(["years", "days"]),
    )
    .action(async (batch: string, options: TopUpOptions, command: Command) =>
      withContext(command, (context) => topUpCommand(context, batch, options)),
    );
  addExamples(topUp, "stamps topup <batch> --years 1", "stamps topup <batch> --days 90 --yes");

  const dilute = addPayOptions(stamps.command("dilute"))
    .description("make a postage batch deeper: each step doubles what it holds and halves the time that it lasts")
    .argument("<batch>", "its id, 64 hexadecimal digits", parseBatchId)
    .addOption(new Option("--depth <n>", "the new depth").argParser(parseDepth).makeOptionMandatory())
    .action(async (batch: string, options: DiluteOptions, command: Command) =>
      withContext(command, (context) => diluteCommand(context, batch, options)),
    );
  addExamples(dilute, "stamps dilute <batch> --depth 23", "stamps dilute <batch> --depth 23 --yes --json");
}

function addPayOptions(command: Command): Command {
  return command.option("--yes", "pay without asking").option("--no-wait", "do not wait until the node has seen it");
}

async function buyCommand(context: Context, options: BuyOptions): Promise<void> {
  requireSize(options);
  const { price, source } = await findPrice(context, options.price);
  const plan = planPostage(options, price);
  const { label, mutable = false } = options;
  await agree(context, plan.cost, options, [
    ...describePlan(plan, source),
    `kind       ${mutable ? "mutable: it overwrites its old chunks when it is full" : "immutable"}`,
  ]);
  const order = { depth: plan.depth, amount: plan.amount, label, immutable: !mutable };
  const payment = await pay(context, buyStamp(context.node(PAYMENT_MS), order, context.signal));
  const { batch } = payment;
  context.note(`bought ${batch}`);
  const stamp = await settle(context, batch, options, "not usable", ({ usable }) => usable);
  context.print(
    { ...payment, xbzz: formatBzz(plan.cost), plur: String(plan.cost), ...(stamp && { stamp: stampToJson(stamp) }) },
    [
      `batch      ${batch}${stamp ? ", usable" : ""}`,
      `cost       ${formatBzz(plan.cost)} xBZZ for ${formatDays(plan.seconds)}`,
      `Next: set swarm.postageBatch (CATNIX_SWARM_POSTAGE_BATCH) to it.`,
    ].join("\n"),
  );
}

async function topUpCommand(context: Context, batch: string, options: TopUpOptions): Promise<void> {
  const before = await requireStamp(context, batch);
  const { price } = await findPrice(context, undefined);
  const amount = options.amount ?? amountFor(secondsIn(options), price);
  const [cost, added] = [costOf(before.depth, amount), secondsOf(amount, price)];
  await agree(context, cost, options, [
    `batch      ${shortenBatch(batch)}, depth ${before.depth}${before.ttl === undefined ? "" : `, ${formatDays(before.ttl)} left`}`,
    `adds       ${amount} PLUR a chunk: ${formatDays(added)} at ${price} PLUR a chunk and block`,
    `cost       ${formatBzz(cost)} xBZZ`,
  ]);
  const payment = await pay(context, topUpStamp(context.node(PAYMENT_MS), batch, amount, context.signal));
  const isSeen = (stamp: Stamp) => stamp.amount > before.amount;
  const stamp = await settle(context, batch, options, "not topped up", isSeen);
  printPaid(context, payment, cost, stamp);
}

async function diluteCommand(context: Context, batch: string, options: DiluteOptions): Promise<void> {
  const before = await requireStamp(context, batch);
  const { depth } = options;
  if (depth <= before.depth) throw new CatnixError("USAGE", { reason: `the batch has depth ${before.depth} already` });
  const left = before.ttl === undefined ? undefined : before.ttl / 2 ** (depth - before.depth);
  if (left !== undefined && left < MIN_SECONDS) throw new CatnixError("POSTAGE_TOO_SHORT", { days: left / 86_400 });
  await agree(context, 0n, options, [
    `batch      ${shortenBatch(batch)}, depth ${before.depth}${before.ttl === undefined ? "" : `, ${formatDays(before.ttl)} left`}`,
    `dilutes    to depth ${depth}${left === undefined ? "" : `: ${formatDays(left)} left`}`,
    "cost       gas alone, no xBZZ",
  ]);
  const payment = await pay(context, diluteStamp(context.node(PAYMENT_MS), batch, depth, context.signal));
  const stamp = await settle(context, batch, options, "not diluted", (found) => found.depth >= depth);
  printPaid(context, payment, 0n, stamp);
}

/** @throws CatnixError STAMP_UNKNOWN */
async function requireStamp(context: Context, batch: string): Promise<Stamp> {
  const node = context.node();
  const stamp = await node.retry(() => readStamp(node, batch, context.signal), context.signal);
  if (stamp === undefined) throw new CatnixError("STAMP_UNKNOWN", { batch, url: node.url });
  return stamp;
}

/**
 * Shows what is paid and asks, unless told not to.
 * @param cost PLUR
 * @throws CatnixError POSTAGE_UNPAID where the node's wallet has less; NOT_CONFIRMED
 */
async function agree(context: Context, cost: bigint, { yes }: PayOptions, lines: readonly string[]): Promise<void> {
  const node = context.node();
  const wallet = await node.retry(() => readWallet(node, context.signal), context.signal);
  if (wallet && wallet.plur < cost) {
    const reason = `${wallet.address} has ${formatBzz(wallet.plur)} xBZZ, and ${formatBzz(cost)} are needed`;
    throw new CatnixError("POSTAGE_UNPAID", { url: node.url, reason });
  }
  if (yes) return;
  const paid = wallet ? [`paid by    ${wallet.address}, which has ${formatBzz(wallet.plur)} xBZZ`] : [];
  console.error([...lines, ...paid].join("\n"));
  await confirm("Pay?", "the payment", context.signal);
}

async function pay<T>(context: Context, payment: Promise<T>): Promise<T> {
  return context.wait("the node, until its transactions are in blocks", payment);
}

/** Waits until the node has seen what was paid; undefined where nobody wants to. */
async function settle(
  context: Context,
  batch: string,
  { wait }: PayOptions,
  what: string,
  isReady: (stamp: Stamp) => boolean,
): Promise<Stamp | undefined> {
  if (!wait) return undefined;
  const seconds = context.config.postage.waitSeconds;
  using progress = new Progress(context, "waiting", seconds);
  return await waitForStamp(context.node(), batch, isReady, {
    ...{ what, seconds, signal: context.signal },
    onWait: (waited) => progress.update(Math.round(waited), seconds, `s: the batch is ${what} yet`),
  });
}

function printPaid(
  context: Context,
  payment: object & { batch: string },
  cost: bigint,
  stamp: Stamp | undefined,
): void {
  const after =
    stamp === undefined
      ? "paid; the node will see it within some blocks"
      : `depth ${stamp.depth}${stamp.ttl === undefined ? "" : `, ${formatDays(stamp.ttl)} left`}`;
  context.print(
    { ...payment, xbzz: formatBzz(cost), plur: String(cost), ...(stamp && { stamp: stampToJson(stamp) }) },
    `batch      ${payment.batch}\nnow        ${after}`,
  );
}
