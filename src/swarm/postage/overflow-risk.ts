/** A batch's buckets as its node counts them (Bee: `GET /stamps/<id>/buckets`). */
export interface StampBuckets {
  /** Chunks that a bucket holds. */
  readonly size: number;
  /** Chunks that each of the 65,536 buckets has paid for, by the first 16 bits of an address. */
  readonly used: Uint32Array;
}

/** Chunks to be uploaded. */
export interface PlannedChunks {
  /** Those whose addresses are known, by bucket. */
  readonly known?: Uint32Array | undefined;
  /** How many others, whose addresses are as good as random. */
  readonly others: number;
}

/** Number of the bucket of an address of 32 bytes. */
export function bucketOf(address: Uint8Array): number {
  return address[0]! * 256 + address[1]!;
}

/** Chunks in the fullest bucket. */
export function fullestOf({ used }: Pick<StampBuckets, "used">): number {
  return used.reduce((most, count) => Math.max(most, count), 0);
}

/**
 * How likely it is, from 0 to 1, that some bucket would have to pay for more chunks than it holds. Each chunk whose address is
 * not known falls into any bucket alike; the buckets are taken as independent, and their counts as Poisson's.
 */
export function overflowRisk({ size, used }: StampBuckets, { known, others }: PlannedChunks): number {
  const mean = others / used.length;
  const tails = new Map<number, number>();
  let logSafe = 0;
  for (const [at, count] of used.entries()) {
    const free = size - count - (known?.[at] ?? 0);
    // A bucket that is full already is no fault while nothing is added to it.
    if (free < 0 && (known?.[at] ?? 0) > 0) return 1;
    let tail = tails.get(free);
    if (tail === undefined) tails.set(free, (tail = poissonTail(Math.max(0, free), mean)));
    logSafe += Math.log1p(-tail);
  }
  return logSafe === 0 ? 0 : -Math.expm1(logSafe);
}

/** P(X > limit) of a Poisson distribution. */
export function poissonTail(limit: number, mean: number): number {
  if (mean === 0) return 0;
  // Summed from the smaller side, so that nothing is lost to rounding.
  const isUpper = limit + 1 > mean;
  let term = Math.exp((limit + (isUpper ? 1 : 0)) * Math.log(mean) - mean - logFactorial(limit + (isUpper ? 1 : 0)));
  let sum = 0;
  if (isUpper) {
    for (let k = limit + 1; term > sum * 1e-17; k++) {
      sum += term;
      term *= mean / (k + 1);
    }
    return Math.min(1, sum);
  }
  for (let k = limit; k >= 0 && term > sum * 1e-17; k--) {
    sum += term;
    term *= k / mean;
  }
  return Math.max(0, 1 - sum);
}

/** Stirling's series above 20, exact sums below. */
function logFactorial(n: number): number {
  if (n < 20) {
    let sum = 0;
    for (let k = 2; k <= n; k++) sum += Math.log(k);
    return sum;
  }
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** Chunks that the fullest bucket is most likely to have paid for afterwards: more than that in less than half of all cases. */
export function fullestAfter(buckets: StampBuckets, planned: PlannedChunks): number {
  const isEnough = (size: number) => overflowRisk({ size, used: buckets.used }, planned) < 0.5;
  let low = fullestOf(buckets);
  if (isEnough(low)) return low;
  let high = Math.max(1, low);
  while (!isEnough(high)) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
