import { countChunks } from "../bmt/count-chunks.js";
import { isCatnixError } from "../errors/catnix-error.js";
import type { NixStore } from "../nixdb/nix-store.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { boundUpload } from "../publisher/bound-upload.js";
import { reckonUpload, type Reckoning } from "../publisher/check-room.js";
import { formatBzz } from "../swarm/postage/bzz.js";
import { fullestAfter, fullestOf, overflowRisk, type StampBuckets } from "../swarm/postage/overflow-risk.js";
import { amountFor, depthForChunks, planStamp, type StampPlan, YEAR_SECONDS } from "../swarm/postage/plan-stamp.js";
import { readBuckets } from "../swarm/postage/stamps.js";
import type { Context } from "./context.js";
import { formatBytes } from "./format.js";
import { findPrice, planToJson, type PriceSource } from "./plan-postage.js";
import { Progress } from "./progress.js";

/**
 * Bytes of NAR file for each byte of NAR that an estimate takes, where nothing is made: zstd at level 9 leaves 0.2 to 0.35 of programs
 * and libraries, and nearly all of what is compressed already.
 */
const ASSUMED_RATIO = 0.4;
const NONE = "0".repeat(64);

/** What uploads would cost. */
export interface CostEstimate {
  /** `exact`: the chunks were made; else from sizes: what they may be at most, and what is assumed. */
  readonly basis: "exact" | "sizes";
  /** At most; exact but for the batch itself where the chunks were made. */
  readonly chunks: number;
  /** What is charged in the estimate: the same where it is exact. */
  readonly likelyChunks: number;
  readonly bytes: number | undefined;
  readonly years: number;
  readonly price: bigint;
  readonly priceFrom: PriceSource;
  /** PLUR for `likelyChunks` alone, as a share of a batch. */
  readonly plur: bigint;
  /** A batch of their own that holds at most as many chunks. */
  readonly plan: StampPlan;
  /** The configured batch, where the node has it. */
  readonly stamp?: {
    readonly batch: string;
    readonly size: number;
    readonly fullest: number;
    readonly fullestAfter: number;
    readonly risk: number;
  };
}

export interface CostOptions {
  readonly nix: NixStore;
  readonly years: number;
  /** Whether to make the chunks. */
  readonly exact: boolean;
}

/**
 * Says what uploading paths would cost; nothing is sent. Where the node does not answer, the price is Swarm's floor and nothing is known of
 * the batch.
 * @throws CatnixError what reading the paths throws
 */
export async function estimateCost(
  context: Context,
  paths: readonly PathInfo[],
  { nix, years, exact }: CostOptions,
): Promise<CostEstimate> {
  const buckets = await findBuckets(context);
  const { price, source } = await findPrice(context, undefined);
  const reckoned = exact ? await reckon(context, paths, nix, buckets ?? emptyBuckets()) : undefined;
  const chunks = reckoned?.chunks ?? boundUpload(paths);
  const assumed = paths.reduce((sum, { narSize }) => sum + countChunks(Math.ceil(narSize * ASSUMED_RATIO)) + 2, 0);
  const likelyChunks = reckoned?.chunks ?? Math.min(chunks, assumed);
  const amount = amountFor(years * YEAR_SECONDS, price);
  const others = { others: chunks };
  return {
    ...{
      basis: exact ? "exact" : "sizes",
      chunks,
      likelyChunks,
      bytes: reckoned?.bytes,
      years,
      price,
      priceFrom: source,
    },
    plur: BigInt(likelyChunks) * amount,
    plan: planStamp(depthForChunks(chunks), amount, price),
    ...(buckets && {
      stamp: {
        ...{ batch: context.config.swarm.postageBatch, size: buckets.size, fullest: fullestOf(buckets) },
        fullestAfter: reckoned?.fullest ?? fullestAfter(buckets, others),
        risk: reckoned?.risk ?? overflowRisk(buckets, others),
      },
    }),
  };
}

async function reckon(
  context: Context,
  paths: readonly PathInfo[],
  nix: NixStore,
  buckets: StampBuckets,
): Promise<Reckoning> {
  const { storeDir, publish } = context.config;
  using progress = new Progress(context, "paths", paths.length);
  let done = 0;
  return await reckonUpload(paths, buckets, {
    ...{ nix, storeDir, level: 9, parallel: publish.jobs, signal: context.signal },
    onReckoned: (storePath) => progress.update(++done, paths.length, `counted the chunks of ${storePath}`),
  });
}

function emptyBuckets(): StampBuckets {
  return { size: 2 ** 32, used: new Uint32Array(1 << 16) };
}

async function findBuckets(context: Context): Promise<StampBuckets | undefined> {
  const { postageBatch } = context.config.swarm;
  if (postageBatch === NONE) return undefined;
  const node = context.node();
  try {
    return await node.retry(() => readBuckets(node, postageBatch, context.signal), context.signal);
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    context.note(`nothing is known of the postage batch: ${error.message}`);
    return undefined;
  }
}

export function costToJson(cost: CostEstimate): object {
  const { plur, price, plan, ...rest } = cost;
  return { ...rest, price: String(price), plur: String(plur), xbzz: formatBzz(plur), ownBatch: planToJson(plan) };
}

/** Lines for people. */
export function describeCost(cost: CostEstimate): string[] {
  const { basis, chunks, likelyChunks, bytes, years, price, priceFrom, plur, plan, stamp } = cost;
  const count =
    basis === "exact"
      ? `${chunks} chunks${bytes === undefined ? "" : `, ${formatBytes(bytes)}`}: counted, as if Swarm had none of them`
      : `about ${likelyChunks} chunks where zstd leaves ${100 * ASSUMED_RATIO} % of the NARs, at most ${chunks}; --exact counts them`;
  const from = { given: "as given", node: "today", floor: "Swarm's floor" }[priceFrom];
  const time = years === 1 ? "a year" : `${years} years`;
  return [
    `upload     ${count}`,
    `cost       ${formatBzz(plur)} xBZZ for ${time} at ${price} PLUR a chunk and block (${from}), as their share of a batch`,
    `own batch  depth ${plan.depth}, amount ${plan.amount}: ${formatBzz(plan.cost)} xBZZ for ${time}`,
    ...(stamp
      ? [
          `batch      fullest bucket ${stamp.fullest} of ${stamp.size}, afterwards about ${stamp.fullestAfter}: ${describeRisk(stamp.risk)}`,
        ]
      : []),
  ];
}

function describeRisk(risk: number): string {
  if (risk < 0.001) return "there is room";
  return risk > 0.99 ? "it overflows" : `it overflows with a likelihood of ${(100 * risk).toPrecision(2)} %`;
}
