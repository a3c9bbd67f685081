import { isCatnixError } from "../errors/catnix-error.js";
import { formatPublicKey, type PublicKey } from "../nix/signing-key.js";
import type { BuilderCache } from "./copy/builder-cache.js";
import { findDerivation, type PlanRebuildsOptions } from "./rebuild/plan-rebuilds.js";
import type { InputOrigin, RowOutcome, RowToAttest } from "./row-outcome.js";

/** What is asked now, and holds now. */
export interface ReuseOptions {
  readonly builders: readonly Pick<BuilderCache, "name">[];
  readonly keys: readonly PublicKey[];
  /** How rows are rebuilt; undefined where they are compared with a builder's. */
  readonly rebuild?: (Pick<PlanRebuildsOptions, "evaluated" | "storeDir"> & ListedInputs) | undefined;
}

export interface ListedInputs {
  /** Whether the batch or the CAT lists that very build: identifiers in hexadecimal. */
  readonly isListed: (nixId: string, swarmId: string) => Promise<boolean>;
}

/**
 * Tells whether what an earlier run found out still answers what is asked now:
 * - a builder's word counts only while that builder and its key are named;
 * - where the member evaluates, a rebuild is one of that derivation; without, one of any stands;
 * - a rebuild's inputs have to be listed still: whoever leaves out what a build was made with does not vouch for the build;
 * - a copy that stood in for a rebuild is tried again where a derivation is known now.
 */
export function reuseFor({ builders, keys, rebuild }: ReuseOptions) {
  const names = new Set(builders.map(({ name }) => name));
  const counted = new Set(keys.map(formatPublicKey));
  const isNamed = (builder: string, key = "") => names.has(builder) && counted.has(key);
  const asked = new Map<string, Promise<boolean>>();

  async function holds(origin: InputOrigin): Promise<boolean> {
    if (origin.kind === "builder") return isNamed(origin.builder, origin.builderKey);
    const { nixId, swarmId } = origin;
    const known = asked.get(nixId + swarmId) ?? rebuild!.isListed(nixId, swarmId);
    asked.set(nixId + swarmId, known);
    return known;
  }

  return async (row: RowToAttest, outcome: RowOutcome): Promise<boolean> => {
    const { mode, deriver, builder, builderKey, inputs = [] } = outcome;
    if (builder !== undefined && !isNamed(builder, builderKey)) return false;
    if (rebuild === undefined || mode === "address") return true;
    const derivation = findDerivation(row, rebuild);
    if (mode === "copy") return derivation === undefined;
    if (rebuild.evaluated && derivation !== `${rebuild.storeDir}/${deriver ?? ""}`) return false;
    try {
      for (const origin of inputs) if (!(await holds(origin))) return false;
      return true;
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      return false; // it cannot be seen: looking at the row again says why
    }
  };
}
