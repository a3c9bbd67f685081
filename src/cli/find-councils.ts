import { compareCouncils, isSameCouncil } from "../consortium/council-change.js";
import { findEvents } from "../registry/find-events.js";
import { readBlock } from "../registry/finality.js";
import { type ActEvent, topicsOfCouncils } from "../registry/history.js";
import type { CouncilState } from "../registry/registry.js";
import type { HistoryOptions } from "./read-history.js";

/** Since when a council is as it is; what the endpoint does not tell is undefined. */
export interface CouncilHistory {
  /** The act that made it so; 0 is the founding. */
  readonly since: Pick<ActEvent, "seq" | "block" | "transactionHash"> | undefined;
  /** By member, the act since which it has been one without a break. */
  readonly joined: ReadonlyMap<string, number>;
}

/**
 * Looks for the acts that made the council what it is. For people: an endpoint that leaves an act out is noticed only where that
 * is the last one, and nothing is decided by what is found.
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function findCouncils(council: CouncilState, options: HistoryOptions): Promise<CouncilHistory> {
  const { registry, deploymentBlock, logRange } = options;
  const latest = await readBlock(registry.chain, "latest");
  const range = { from: deploymentBlock, to: latest.number };
  const { events } = await findEvents(registry, topicsOfCouncils(), range, logRange);
  const acts = events.flatMap((event) => (event.kind === "council" ? [event] : []));
  const last = acts.at(-1);
  if (!last || !isSameCouncil(compareCouncils(last.council, council))) return { since: undefined, joined: new Map() };
  const joined = new Map<string, number>();
  // The first that is known says of its members since when only where it is the founding.
  for (const [at, act] of acts.entries())
    for (const member of act.council.members) {
      const wasMember = at > 0 && acts[at - 1]!.council.members.includes(member);
      if (!wasMember && (at > 0 || act.seq === 0)) joined.set(member, act.seq);
    }
  return { since: last, joined };
}
