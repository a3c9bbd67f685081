import type { Stamp } from "./stamps.js";

const DAY_SECONDS = 86_400;

/** Where a batch begins to be a worry. */
export interface StampLimits {
  /** Days left below which to top up, and below which it is late. */
  readonly warnDays: number;
  readonly failDays: number;
  /** Part of the fullest bucket that is used, from 0 to 1, from which to dilute: the batch ends with that bucket. */
  readonly warnUsed: number;
}

/** What is the matter with a batch; the gravest first. */
export type StampTrouble = "unusable" | "full" | "ending" | "mutable" | "filling" | "expiring";

const GRAVE: readonly StampTrouble[] = ["unusable", "full", "ending"];

/** Whether uploads fail by it or content is about to be lost; else there is time. */
export function isGrave(trouble: StampTrouble): boolean {
  return GRAVE.includes(trouble);
}

/** What is the matter with a batch, the gravest first; nothing where all is well. */
export function judgeStamp(stamp: Stamp, { warnDays, failDays, warnUsed }: StampLimits): StampTrouble[] {
  const used = usedOf(stamp);
  const days = stamp.ttl === undefined ? Infinity : stamp.ttl / DAY_SECONDS;
  const troubles: [StampTrouble, boolean][] = [
    ["unusable", !stamp.usable],
    ["full", stamp.immutable && used >= 1],
    ["ending", days < failDays],
    ["mutable", !stamp.immutable],
    ["filling", used >= warnUsed && !(stamp.immutable && used >= 1)],
    ["expiring", days < warnDays && days >= failDays],
  ];
  return troubles.filter(([, isSo]) => isSo).map(([trouble]) => trouble);
}

/** Part of the fullest bucket that is used, from 0 to 1. */
export function usedOf({ fullestBucket, bucketSize }: Stamp): number {
  return fullestBucket / bucketSize;
}

/** A batch and its state in a few words: `ab12…, depth 20, fullest bucket 12 % used, 90.0 days left`. */
export function describeStamp(stamp: Stamp): string {
  const { batch, depth, ttl } = stamp;
  const left = ttl === undefined ? "time left unknown" : `${(ttl / DAY_SECONDS).toFixed(1)} days left`;
  return `${shortenBatch(batch)}, depth ${depth}, fullest bucket ${Math.round(100 * usedOf(stamp))} % used, ${left}`;
}

/** What to do about it, one sentence. */
export function adviceFor(trouble: StampTrouble): string {
  switch (trouble) {
    case "unusable":
      return "A new batch needs some blocks before it is usable; an expired one has to be replaced.";
    case "full":
      return "Dilute the batch (`catnix stamps dilute`) or buy a deeper one, and set swarm.postageBatch to it.";
    case "ending":
      return "Top the batch up at once (`catnix stamps topup`): what it pays for is gone when it ends.";
    case "mutable":
      return "Buy an immutable batch: a mutable one overwrites old chunks when it is full, without a word.";
    case "filling":
      return "Dilute the batch (`catnix stamps dilute`) or buy a deeper one before its fullest bucket is full.";
    case "expiring":
      return "Top the batch up (`catnix stamps topup`): what it pays for is gone when it ends.";
  }
}

/** The first digits of a batch's id, for people. */
export function shortenBatch(batch: string): string {
  return `${batch.slice(0, 8)}…`;
}
