import { countChunks } from "../bmt/count-chunks.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { formatBzz, formatXdai, priceOf } from "../swarm/postage/bzz.js";
import {
  amountFor,
  depthForChunks,
  FLOOR_PRICE,
  MIN_SECONDS,
  planStamp,
  type StampPlan,
  YEAR_SECONDS,
} from "../swarm/postage/plan-stamp.js";
import { readPrice } from "../swarm/postage/stamps.js";
import type { Context } from "./context.js";
import { formatBytes } from "./format.js";

/** What a batch should hold and for how long: size or depth, time or amount. */
export interface PostageOptions {
  /** Bytes. */
  readonly size?: number;
  readonly depth?: number;
  readonly years?: number;
  readonly days?: number;
  /** PLUR a chunk. */
  readonly amount?: bigint;
  /** PLUR a chunk and block; today's where not given. */
  readonly price?: bigint;
}

/** Where the price of postage comes from. */
export type PriceSource = "given" | "node" | "floor";

/**
 * Gas of a purchase: `createBatch` took 270,063 on Swarm's own contracts (test/bee/stamps.test.ts), and `approve` of the token goes before it;
 * rounded up, at 2 gwei, above what Gnosis usually has.
 */
const [PURCHASE_GAS, GAS_PRICE] = [500_000n, 2_000_000_000n];

/** Wei of xDAI for the transactions of a purchase. */
const PURCHASE_FEE = PURCHASE_GAS * GAS_PRICE;

/** Today's price as the node knows it, else the floor below which it never falls. */
export async function findPrice(
  context: Context,
  given: bigint | undefined,
): Promise<{ price: bigint; source: PriceSource }> {
  if (given !== undefined) return { price: given, source: "given" };
  try {
    const node = context.node();
    const price = await node.retry(() => readPrice(node, context.signal), context.signal);
    if (price !== undefined) return { price, source: "node" };
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    context.note(`the price is Swarm's floor, since today's is not known: ${error.message}`);
  }
  return { price: FLOOR_PRICE, source: "floor" };
}

/**
 * @param price PLUR a chunk and block
 * @throws CatnixError STAMP_TOO_LARGE, POSTAGE_TOO_SHORT
 */
export function planPostage(options: PostageOptions, price: bigint): StampPlan {
  const depth = options.depth ?? depthForChunks(countChunks(options.size ?? 0));
  const plan = planStamp(depth, options.amount ?? amountFor(secondsIn(options), price), price);
  if (plan.seconds < MIN_SECONDS) throw new CatnixError("POSTAGE_TOO_SHORT", { days: plan.seconds / 86_400 });
  return plan;
}

/** A year where no time is given. */
export function secondsIn({ years, days }: Pick<PostageOptions, "years" | "days">): number {
  if (days !== undefined) return days * 86_400;
  return (years ?? 1) * YEAR_SECONDS;
}

export function planToJson(plan: StampPlan, weiPerBzz?: bigint): object {
  const { depth, amount, cost, seconds, price } = plan;
  return {
    ...{ depth, amount: String(amount), plur: String(cost), xbzz: formatBzz(cost), seconds, price: String(price) },
    effectiveBytes: plan.effectiveBytes,
    gasXdai: formatXdai(PURCHASE_FEE),
    ...(weiPerBzz !== undefined && { xdai: formatXdai(priceOf(cost, weiPerBzz) + PURCHASE_FEE) }),
  };
}

/** Lines for people. */
export function describePlan(plan: StampPlan, source: PriceSource, weiPerBzz?: bigint): string[] {
  const { depth, amount, cost, seconds, price } = plan;
  const from = { given: "as given", node: "today, says the node", floor: "Swarm's floor" }[source];
  return [
    `depth      ${depth}: holds ${formatBytes(plan.effectiveBytes)} before its fullest bucket is full`,
    `amount     ${amount} PLUR a chunk: ${formatDays(seconds)} at ${price} PLUR a chunk and block (${from})`,
    `cost       ${formatBzz(cost)} xBZZ, and about ${formatXdai(PURCHASE_FEE)} xDAI for gas`,
    ...(weiPerBzz === undefined
      ? []
      : [`in all     ${formatXdai(priceOf(cost, weiPerBzz) + PURCHASE_FEE)} xDAI at that price of xBZZ`]),
  ];
}

export function formatDays(seconds: number): string {
  const days = seconds / 86_400;
  return days < 730 ? `${days.toFixed(1)} days` : `${(seconds / YEAR_SECONDS).toFixed(2)} years`;
}
