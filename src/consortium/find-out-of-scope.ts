import type { CharterMember } from "../members/charter.js";
import { compileScope } from "../members/scope.js";
import { parseDrvName } from "../nix/drv-name.js";
import { nameOf } from "./name-of.js";
import type { CheckedBatch } from "./check-batch.js";

/**
 * Finds the paths of a batch for which the charter does not let a member speak. The contract knows of no scopes: it is for the member
 * to think about.
 * @param system of all rows, where it is known: a record does not say it
 * @returns store paths, in the delta's order
 */
export function findOutOfScope(
  { rows }: Pick<CheckedBatch, "rows">,
  member: Pick<CharterMember, "scope">,
  system?: string,
): string[] {
  if (!member.scope) return [];
  const covers = compileScope(member.scope);
  return rows.flatMap(({ held }) => {
    if (!held) return [];
    const { storePath } = held;
    return covers(parseDrvName(nameOf(storePath)).name, system) ? [] : [storePath];
  });
}
