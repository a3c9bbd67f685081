import type { BuilderCache } from "../../attest/copy/builder-cache.js";
import type { ListedInputs } from "../../attest/is-reusable.js";
import { type EvaluatedOutput, evaluate, mapOutputs } from "../../attest/rebuild/evaluate.js";
import { provideByRecord, provideFromBuilders } from "../../attest/rebuild/provide-path.js";
import { provideFromFirst, provideFromStore } from "../../attest/rebuild/provide-from-store.js";
import type { Provide } from "../../attest/rebuild/rebuild-path.js";
import type { RowToAttest } from "../../attest/row-outcome.js";
import { fromHex, toHex } from "../../encoding/hex.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import type { PublicKey } from "../../nix/signing-key.js";
import { type NixStore, openNixStore } from "../../nixdb/nix-store.js";
import type { Context } from "../context.js";
import { LiveCat } from "../live-cat.js";
import type { ReviewedBatch } from "../review-batch.js";

export interface InputOptions {
  /** A Nix file or a flake that the member evaluates. */
  readonly eval?: string;
  readonly attr: readonly string[];
  /** Root of the member's own Nix store, as in `nix --store`. */
  readonly store?: string;
}

/** What a rebuild works with. */
export interface RebuildInputs {
  readonly provide: Provide;
  /** Undefined where nothing was evaluated. */
  readonly evaluated?: ReadonlyMap<string, EvaluatedOutput> | undefined;
  readonly isListed: ListedInputs["isListed"];
}

/**
 * Evaluates what the member names, and opens where inputs come from: the member's own store, the batch, the CAT, the builders;
 * the first one that has a path. What comes from the batch itself is looked at as a row of its own.
 * @throws CatnixError EVALUATION_FAILED, NIX_DB_… of a store that is named or evaluated in, DERIVATION_INVALID
 */
export async function openInputs(
  context: Context,
  { registry, checked }: ReviewedBatch,
  rows: readonly RowToAttest[],
  options: InputOptions & { readonly builders: readonly BuilderCache[]; readonly keys: readonly PublicKey[] },
): Promise<RebuildInputs> {
  const { eval: expression, attr: attributes, store: root, builders, keys } = options;
  const { signal } = context;
  const { storeDir } = context.config;
  const derivations =
    expression === undefined
      ? []
      : await context.wait("Nix", evaluate(expression, { attributes, store: root, storeDir, signal }));
  const nix = openOwnStore(context, root, expression !== undefined);
  const evaluated = expression === undefined || !nix ? undefined : await mapOutputs(nix, derivations, signal);
  const store = context.store();
  const listed = new Map(rows.map((row) => [toHex(row.nixId), row]));
  const live = new LiveCat(registry, store, checked.parent, storeDir, signal);
  const findLive = async (nixId: Uint8Array) => {
    const found = await live.find(nixId);
    return found && { swarmId: found.row.swarmId, record: found.record };
  };
  const provide = provideFromFirst(
    ...(nix ? [provideFromStore(nix)] : []),
    provideByRecord((nixId) => Promise.resolve(listed.get(toHex(nixId))), store, storeDir),
    provideByRecord(findLive, store, storeDir),
    ...(builders.length > 0 ? [provideFromBuilders({ builders, keys, storeDir })] : []),
  );
  const isListed = async (nixId: string, swarmId: string) => {
    const row = listed.get(nixId) ?? (await findLive(fromHex(nixId, 20)));
    return row !== undefined && toHex(row.swarmId) === swarmId;
  };
  return { provide, evaluated, isListed };
}

/** The member's own store; a machine without one can rebuild all the same, where nobody asked for it. */
function openOwnStore(context: Context, root: string | undefined, isNeeded: boolean): NixStore | undefined {
  const { storeDir } = context.config;
  try {
    return context.keep(openNixStore({ ...(root !== undefined && { root }), storeDir }));
  } catch (error) {
    if (isNeeded || root !== undefined || !isCatnixError(error, "NIX_DB_UNREADABLE")) throw error;
    return undefined;
  }
}
