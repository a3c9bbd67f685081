import type { Charter } from "./charter.js";

/** Where a charter and a council do not speak of the same members; both empty where they do. */
export interface CouncilDifference {
  /** Members of the council that the charter has no entry for. */
  readonly missing: readonly string[];
  /** Addresses of entries that are no members. */
  readonly strangers: readonly string[];
}

/** @param council checksummed addresses */
export function compareCouncil({ members }: Charter, council: readonly string[]): CouncilDifference {
  const listed = members.map(({ address }) => address);
  return {
    missing: council.filter((address) => !listed.includes(address)),
    strangers: listed.filter((address) => !council.includes(address)),
  };
}
