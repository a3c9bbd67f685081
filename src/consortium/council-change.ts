import { CatnixError } from "../errors/catnix-error.js";
import { MAX_MEMBERS, sortAddresses } from "../registry/council-file.js";
import type { CouncilState } from "../registry/registry.js";

/** What somebody wants to be otherwise; what is left out stays. */
export interface CouncilWishes {
  /** The whole council anew, before the wishes below. */
  readonly council?: CouncilState | undefined;
  /** Checksummed addresses. */
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly publishThreshold?: number | undefined;
  readonly councilThreshold?: number | undefined;
  readonly guardian?: string | undefined;
  /** 64 hex digits. */
  readonly charter?: string | undefined;
}

/**
 * The council that comes of a wish.
 * @throws CatnixError COUNCIL_CHANGE_INVALID where the contract would refuse it, or where it cannot be what was meant
 */
export function makeCouncil(current: CouncilState, wishes: CouncilWishes): CouncilState {
  const { council: base = current, add = [], remove = [] } = wishes;
  const problems: string[] = [];
  for (const address of add) if (base.members.includes(address)) problems.push(`${address} is a member already`);
  for (const address of remove) if (!base.members.includes(address)) problems.push(`${address} is not a member`);
  for (const address of add) if (remove.includes(address)) problems.push(`${address} is to be added and removed`);
  if (add.some((address) => /^0x0+$/.test(address))) problems.push("the zero address cannot sign");
  const members = sortAddresses([...new Set([...base.members, ...add])].filter((it) => !remove.includes(it)));
  const {
    publishThreshold = base.publishThreshold,
    councilThreshold = base.councilThreshold,
    guardian = base.guardian,
    charter = base.charter,
  } = wishes;
  if (members.length === 0) problems.push("it has no members");
  if (members.length > MAX_MEMBERS) problems.push(`${members.length} members, and ${MAX_MEMBERS} is the most`);
  if (publishThreshold > councilThreshold)
    problems.push(`publishThreshold ${publishThreshold} is above councilThreshold ${councilThreshold}`);
  if (councilThreshold > members.length)
    problems.push(`councilThreshold ${councilThreshold} is more than its ${members.length} members: lower it too`);
  if (problems.length > 0) throw new CatnixError("COUNCIL_CHANGE_INVALID", { problems });
  return { members, publishThreshold, councilThreshold, guardian, charter };
}

interface Changed<T> {
  readonly was: T;
  readonly is: T;
}

/** What one council has otherwise than another; what is the same in both is undefined. */
export interface CouncilDifference {
  readonly joins: readonly string[];
  readonly leaves: readonly string[];
  readonly stays: readonly string[];
  readonly publishThreshold?: Changed<number>;
  readonly councilThreshold?: Changed<number>;
  readonly guardian?: Changed<string>;
  readonly charter?: Changed<string>;
}

export function compareCouncils(was: CouncilState, is: CouncilState): CouncilDifference {
  const change = <K extends "publishThreshold" | "councilThreshold" | "guardian" | "charter">(key: K) =>
    was[key] === is[key] ? {} : { [key]: { was: was[key], is: is[key] } };
  return {
    joins: is.members.filter((member) => !was.members.includes(member)),
    leaves: was.members.filter((member) => !is.members.includes(member)),
    stays: is.members.filter((member) => was.members.includes(member)),
    ...change("publishThreshold"),
    ...change("councilThreshold"),
    ...change("guardian"),
    ...change("charter"),
  };
}

/** Whether two councils are the same. */
export function isSameCouncil(difference: CouncilDifference): boolean {
  const { joins, leaves, publishThreshold, councilThreshold, guardian, charter } = difference;
  const changes = [publishThreshold, councilThreshold, guardian, charter];
  return joins.length === 0 && leaves.length === 0 && changes.every((change) => change === undefined);
}
