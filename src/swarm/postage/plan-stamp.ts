import { CHUNK_SIZE } from "../../bmt/constants.js";
import { CatnixError } from "../../errors/catnix-error.js";

/** Seconds between two blocks of Gnosis, where Swarm's postage contract is (Bee: pkg/config/chain.go). */
export const BLOCK_SECONDS = 5;
/** A year of 365 days. */
export const YEAR_SECONDS = 365 * 86_400;
/** PLUR a chunk and block: below it Swarm's price oracle never goes (PriceOracle.sol, minimumPrice). */
export const FLOOR_PRICE = 24_000n;
/** Swarm refuses to sell less, and to dilute to less: a day (PostageStamp.sol, minimumValidityBlocks). */
export const MIN_SECONDS = 86_400;

/** Depths of which Swarm sells batches that hold anything: 17 to 41. */
export const [MIN_DEPTH, MAX_DEPTH] = [17, 41];

/**
 * Bytes of plain content (no encryption, no erasure coding) that a batch of each depth from 17 on holds before its fullest bucket
 * is full, but for once in a thousand (docs.ethswarm.org, Effective utilisation; the same table as in bee-js).
 */
const EFFECTIVE_BYTES = [
  ...[44.7e3, 6.66e6, 112.06e6, 687.62e6, 2.6e9, 7.73e9, 19.94e9, 47.06e9, 105.51e9, 227.98e9, 476.68e9, 993.65e9],
  ...[2.04e12, 4.17e12, 8.45e12, 17.07e12, 34.36e12, 69.04e12, 138.54e12, 277.72e12, 556.35e12, 1.11e15, 2.23e15],
  ...[4.46e15, 8.93e15],
] as const;

/** What to buy, and what it costs. */
export interface StampPlan {
  readonly depth: number;
  /** PLUR a chunk. */
  readonly amount: bigint;
  /** PLUR: 2^depth times `amount`. */
  readonly cost: bigint;
  /** Seconds that it lasts at `price`. */
  readonly seconds: number;
  /** PLUR a chunk and block. */
  readonly price: bigint;
  /** Bytes that it holds ({@link effectiveBytes}). */
  readonly effectiveBytes: number;
}

/** @throws RangeError where `depth` is not within 17 to 41 */
export function effectiveBytes(depth: number): number {
  const bytes = EFFECTIVE_BYTES[depth - MIN_DEPTH];
  if (bytes === undefined) throw new RangeError(`no depth of a batch: ${depth}`);
  return bytes;
}

/**
 * The least depth that holds so many chunks.
 * @throws CatnixError STAMP_TOO_LARGE
 */
export function depthForChunks(chunks: number): number {
  const at = EFFECTIVE_BYTES.findIndex((bytes) => bytes >= chunks * CHUNK_SIZE);
  if (at < 0) throw new CatnixError("STAMP_TOO_LARGE", { bytes: chunks * CHUNK_SIZE });
  return MIN_DEPTH + at;
}

/** PLUR a chunk for so many seconds, rounded up to whole blocks. */
export function amountFor(seconds: number, price: bigint): bigint {
  return BigInt(Math.ceil(seconds / BLOCK_SECONDS)) * price;
}

/** Seconds that so much a chunk lasts, whole blocks. */
export function secondsOf(amount: bigint, price: bigint): number {
  return Number(amount / price) * BLOCK_SECONDS;
}

/** PLUR for a batch. */
export function costOf(depth: number, amount: bigint): bigint {
  return amount << BigInt(depth);
}

/** @throws RangeError where `depth` is not within 17 to 41 */
export function planStamp(depth: number, amount: bigint, price: bigint): StampPlan {
  const seconds = secondsOf(amount, price);
  return { depth, amount, cost: costOf(depth, amount), seconds, price, effectiveBytes: effectiveBytes(depth) };
}
