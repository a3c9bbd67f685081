import { ZeroAddress } from "ethers";
import type { Retirement } from "../cat/retirement.js";
import type { Charter } from "../members/charter.js";
import { NO_CHARTER } from "../members/read-charter.js";
import type { CouncilState } from "../registry/registry.js";
import { compareCouncils } from "./council-change.js";

/** Something that the contract takes and that is a mistake more often than not. */
export interface CouncilWarning {
  /** For programs. */
  readonly code: string;
  /** For people, a sentence. */
  readonly text: string;
}

/**
 * What to think about before a council is signed.
 * @param charter that the new council names: undefined where it names none, or where it could not be read
 */
export function warnCouncil(was: CouncilState, is: CouncilState, charter: Charter | undefined): CouncilWarning[] {
  const { joins, leaves, stays } = compareCouncils(was, is);
  const { members, publishThreshold, councilThreshold, guardian } = is;
  const size = members.length;
  const warnings: CouncilWarning[] = [];
  const warn = (when: boolean, code: string, text: string) => when && warnings.push({ code, text });
  warn(publishThreshold === 1, "one-is-enough", "One member alone decides what everyone's Nix is given.");
  warn(
    councilThreshold === size,
    "all-are-needed",
    "Every member has to sign a change of the council: one lost key, and it can never change again.",
  );
  warn(
    publishThreshold === size && size > 1,
    "all-publish",
    "Every member has to sign each batch: one that is away, and nothing is published.",
  );
  warn(
    2 * councilThreshold <= size,
    "no-majority",
    `${councilThreshold} of ${size} is no majority: two parties could each replace the other.`,
  );
  warn(
    joins.length >= councilThreshold,
    "joiners-decide",
    "Those who join can change the council without any of those who stay.",
  );
  warn(
    joins.length >= publishThreshold && joins.length < councilThreshold,
    "joiners-publish",
    "Those who join can publish without any of those who stay.",
  );
  warn(
    stays.length < was.councilThreshold && stays.length > 0,
    "leavers-needed",
    `${was.councilThreshold} members of now have to sign, and ${stays.length} stay: also of those who leave some have to.`,
  );
  warn(stays.length === 0, "nobody-stays", "No member stays.");
  warn(guardian === ZeroAddress, "no-guardian", "There is no guardian: a bad build stays until a quorum has signed.");
  warn(
    members.includes(guardian),
    "guardian-signs",
    "The guardian is a member as well: who has that key can sign and withdraw.",
  );
  return [...warnings, ...warnCharter(is, charter, { joins, leaves })];
}

function warnCharter(
  is: CouncilState,
  charter: Charter | undefined,
  { joins, leaves }: { joins: readonly string[]; leaves: readonly string[] },
): CouncilWarning[] {
  if (is.charter === NO_CHARTER)
    return [{ code: "no-charter", text: "There is no charter: nobody finds the members' approvals and keys by it." }];
  if (!charter)
    return [{ code: "charter-unread", text: "The charter could not be read: its members' keys are unseen." }];
  const named = charter.members.map(({ address }) => address);
  const warnings: CouncilWarning[] = [];
  for (const member of is.members)
    if (!named.includes(member))
      warnings.push({
        code: "not-in-charter",
        text: `The charter does not name ${member}${joins.includes(member) ? ", who joins" : ""}.`,
      });
  for (const address of named)
    if (!is.members.includes(address))
      warnings.push({
        code: "charter-names-stranger",
        text: `The charter names ${address}, who ${leaves.includes(address) ? "leaves" : "is no member"}.`,
      });
  return warnings;
}

/**
 * What to think about before a registry is retired.
 * @param isThere whether a registry answers at the successor's address: undefined where that is on another chain, or none is named
 */
export function warnRetirement({ successor }: Retirement, isThere: boolean | undefined): CouncilWarning[] {
  if (successor === ZeroAddress || isThere === true) return [];
  return isThere === undefined
    ? [
        {
          code: "successor-unseen",
          text: "The successor is on another chain, and was not looked at: make sure that it is there.",
        },
      ]
    : [{ code: "successor-missing", text: "At the successor's address nothing answers like a registry." }];
}
