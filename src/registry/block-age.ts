import { CatnixError } from "../errors/catnix-error.js";
import type { BlockHeader } from "../state-proof/block-header.js";

/** Seconds that a block may be ahead of this machine's clock, which need not be exact. */
const MAX_AHEAD = 900;

/**
 * How old a block is by this machine's clock, in whole seconds; negative where it is ahead of that.
 * @param limit in seconds; none where undefined
 * @param now seconds since 1970
 * @throws CatnixError BLOCK_TOO_OLD, BLOCK_FROM_FUTURE
 */
export function requireYoung({ number: block, time }: BlockHeader, limit: number | undefined, now: number): number {
  const age = Math.floor(now) - time;
  if (limit !== undefined && age > limit) throw new CatnixError("BLOCK_TOO_OLD", { block, age, limit });
  if (limit !== undefined && age < -MAX_AHEAD) throw new CatnixError("BLOCK_FROM_FUTURE", { block, ahead: -age });
  return age;
}
