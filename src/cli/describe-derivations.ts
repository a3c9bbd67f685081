import type { FoundDerivations } from "../publisher/read-closure.js";
import { plural } from "./format.js";

/** How many paths are named; --json has them all. */
const MAX_NAMED = 5;

/** Lines for people: what is published for the derivations' sake, and what nobody will be able to build again. */
export function describeDerivations({ added, missing }: FoundDerivations): string[] {
  const lines = [`recipes    ${plural(added, "path")} more, derivations and their sources`];
  if (missing.length === 0) return lines;
  const named = missing.slice(0, MAX_NAMED).map(({ storePath, deriver }) => {
    const reason = deriver === undefined ? "the store does not know what built it" : `${deriver} is not in the store`;
    return `           ${storePath}: ${reason}`;
  });
  const rest = missing.length > MAX_NAMED ? [`           and ${missing.length - MAX_NAMED} more`] : [];
  return [...lines, `missing    derivations of ${plural(missing.length, "path")}:`, ...named, ...rest];
}
