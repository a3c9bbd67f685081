import type { Batch } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { Registry, RegistryState } from "../registry/registry.js";

/** No signing tool accepts a deadline that is further away, in seconds (docs/spec.md, What an approval says). */
export const MAX_DEADLINE_SECONDS = 7 * 24 * 60 * 60;

/**
 * Refuses a batch that is not the registry's next act, or not to be signed now.
 * @param now seconds since 1970
 * @throws CatnixError BATCH_STALE, BATCH_DEADLINE
 */
export function requireSignable(batch: Batch, state: RegistryState, now: number): void {
  const obstacle = findObstacle(batch, state, now);
  if (obstacle) throw obstacle;
}

/**
 * Refuses a batch whose turn has not come where the endpoint says the truth: more likely it is behind, and nothing is to be rebased.
 * @throws CatnixError RPC_ANSWER_INVALID
 */
export function requireNotBehind({ chain }: Registry, { seq }: Batch, state: RegistryState): void {
  if (seq <= state.seq + 1) return;
  const reason = `the registry is at act ${state.seq} there, and this batch follows act ${seq - 1}`;
  throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason });
}

/** Whether {@link requireSignable} lets it through. */
export function isSignable(batch: Batch, state: RegistryState, now: number): boolean {
  return findObstacle(batch, state, now) === undefined;
}

function findObstacle({ seq, parent, deadline }: Batch, state: RegistryState, now: number): CatnixError | undefined {
  const say = (reason: string) => {
    const date = new Date(deadline * 1000);
    const text = Number.isNaN(date.getTime()) ? String(deadline) : date.toISOString();
    return new CatnixError("BATCH_DEADLINE", { deadline: text, reason });
  };
  if (deadline <= now) return say("past");
  if (deadline > now + MAX_DEADLINE_SECONDS) return say("more than seven days away");
  if (parent !== state.head || seq !== state.seq + 1)
    return new CatnixError("BATCH_STALE", { seq, parent, expected: state.head, current: state.seq });
  return undefined;
}
