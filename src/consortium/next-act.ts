import { type ActPlace, contentOf } from "../cat/act.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { Registry, RegistryState } from "../registry/registry.js";
import type { RegistryAct } from "./act-file.js";
import { MAX_DEADLINE_SECONDS } from "./signable.js";

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Where the registry's next act goes.
 * @param days until its deadline, at most seven
 */
export function placeNextAct({ seq, head }: RegistryState, days: number): ActPlace {
  return { seq: seq + 1, parent: head, deadline: Math.floor(Date.now() / 1000) + days * DAY_SECONDS };
}

/**
 * @throws CatnixError REGISTRY_RETIRED, and what the chain throws
 */
export async function requireGoingOn(registry: Registry): Promise<void> {
  if (await registry.retirement()) throw new CatnixError("REGISTRY_RETIRED", { registry: registry.id.registry });
}

/**
 * Refuses an act that is not the registry's next one.
 * @throws CatnixError REGISTRY_RETIRED, ACT_STALE, and what the chain throws
 */
export async function requireNextAct(registry: Registry, act: RegistryAct): Promise<void> {
  await requireGoingOn(registry);
  const { seq, parent } = contentOf(act);
  const state = await registry.state();
  if (parent !== state.head || seq !== state.seq + 1)
    throw new CatnixError("ACT_STALE", { seq, parent, expected: state.head, current: state.seq });
}

/**
 * Refuses a deadline that the chain or a signing tool does not take (docs/spec.md, What an approval says).
 * @param now seconds since 1970
 * @throws CatnixError ACT_DEADLINE
 */
export function requireDeadline({ deadline }: ActPlace, now = Date.now() / 1000): void {
  const reason =
    deadline <= now ? "past" : deadline > now + MAX_DEADLINE_SECONDS ? "more than seven days away" : undefined;
  if (reason === undefined) return;
  const date = new Date(deadline * 1000);
  const text = Number.isNaN(date.getTime()) ? String(deadline) : date.toISOString();
  throw new CatnixError("ACT_DEADLINE", { deadline: text, reason });
}
