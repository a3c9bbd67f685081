/** Probes under way at a time. */
const WIDTH = 8;
/** Indexes are below 2^53. */
const LEVELS = 54;

/** An update that is there. */
export interface Found<T> {
  readonly index: number;
  readonly value: T;
}

/** The last update is `found` or lies between that and `missing`. */
interface Gap<T> {
  readonly found?: Found<T> | undefined;
  readonly missing?: number | undefined;
}

/** Gives the update of this index, undefined where there is none; called off by the signal. */
export type Probe<T> = (index: number, signal: AbortSignal) => Promise<T | undefined>;

/**
 * Finds the last update of a sequence that has no holes, with a number of probes that grows with the logarithm of its length:
 * at 0, 1, 3, 7, 15 and so on until one is missing, then between the last one found and that. Where there are holes, because
 * the network lost something, an update behind a hole counts: finding it proves that it was made.
 * @throws whatever `probe` throws, or the reason of the signal
 */
export async function findLatest<T>(probe: Probe<T>, signal?: AbortSignal): Promise<Found<T> | undefined> {
  let gap: Gap<T> = {};
  for (let level = 0; gap.missing === undefined && level < LEVELS; level += WIDTH) {
    const powers = Array.from({ length: Math.min(WIDTH, LEVELS - level) }, (_, at) => level + at);
    gap = await narrow(
      gap,
      powers.map((power) => 2 ** power - 1),
      probe,
      signal,
    );
  }
  while (gap.found !== undefined && gap.missing !== undefined && gap.missing - gap.found.index > 1)
    gap = await narrow(gap, between(gap.found.index, gap.missing), probe, signal);
  return gap.found;
}

/** Probes at ascending `indexes` within the gap. */
async function narrow<T>(
  gap: Gap<T>,
  indexes: readonly number[],
  probe: Probe<T>,
  signal: AbortSignal | undefined,
): Promise<Gap<T>> {
  const values = await probeAll(probe, indexes, signal);
  const last = values.findLastIndex((value) => value !== undefined);
  const value = values[last];
  return {
    found: value === undefined ? gap.found : { index: indexes[last]!, value },
    missing: indexes[last + 1] ?? gap.missing,
  };
}

/** Up to {@link WIDTH} indexes that part the gap evenly, both ends left out. */
function between(low: number, high: number): number[] {
  const parts = Math.min(WIDTH + 1, high - low);
  return Array.from({ length: parts - 1 }, (_, at) => low + Math.floor(((high - low) / parts) * (at + 1)));
}

async function probeAll<T>(
  probe: Probe<T>,
  indexes: readonly number[],
  outer: AbortSignal | undefined,
): Promise<(T | undefined)[]> {
  const leave = new AbortController();
  const signal = outer === undefined ? leave.signal : AbortSignal.any([outer, leave.signal]);
  signal.throwIfAborted();
  try {
    return await Promise.all(indexes.map((index) => probe(index, signal)));
  } finally {
    leave.abort();
  }
}
