import type { AttestTask } from "../../attest/attest-rows.js";
import { BuilderCache } from "../../attest/copy/builder-cache.js";
import { planCopies } from "../../attest/copy/plan-copies.js";
import type { RowOutcome, RowToAttest } from "../../attest/row-outcome.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { formatPublicKey, parsePublicKey, type PublicKey } from "../../nix/signing-key.js";
import type { Context } from "../context.js";

/** How `catnix attest` is asked to check. */
export interface PlanOptions {
  readonly mode: "rebuild" | "copy";
  readonly builder: readonly string[];
  readonly builderKey: readonly string[];
}

export interface Plan {
  readonly tasks: readonly AttestTask[];
  /** Whether what was found out before still answers what is asked now. */
  readonly isReusable: (outcome: RowOutcome) => boolean;
}

/** The builders that a member named. */
export interface Builders {
  readonly caches: readonly BuilderCache[];
  readonly keys: readonly PublicKey[];
}

/**
 * Plans how each row is checked.
 * @param folder absolute: what is kept goes below it
 * @throws CatnixError USAGE, NIX_KEY_INVALID, BUILDER_UNREACHABLE, BUILDER_ANSWER_INVALID
 */
export async function planRows(
  context: Context,
  rows: readonly RowToAttest[],
  options: PlanOptions,
  folder: string,
): Promise<Plan> {
  const { storeDir } = context.config;
  const { caches: builders, keys } = await openBuilders(context, options);
  const named = new Set(keys.map(formatPublicKey));
  // A copy of a builder that is not named now, or under a key that does not count now, says nothing.
  const isReusable = ({ builder, builderKey }: RowOutcome) =>
    builder === undefined || (builders.some(({ name }) => name === builder) && named.has(builderKey ?? ""));
  const store = context.store({ cached: false });
  return { tasks: planCopies(rows, { builders, keys, store, storeDir, folder }), isReusable };
}

async function openBuilders(context: Context, options: PlanOptions): Promise<Builders> {
  const { mode, builder: urls, builderKey } = options;
  if (mode === "copy" && urls.length === 0)
    throw new CatnixError("USAGE", { reason: "a copy is compared with a builder's: give --builder and --builder-key" });
  if (urls.length > 0 && builderKey.length === 0)
    throw new CatnixError("USAGE", { reason: "say whose signatures count: give --builder-key" });
  for (const url of urls)
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new CatnixError("USAGE", { reason: `--builder wants an http or https URL, not ${url}` });
  const keys = builderKey.map(parsePublicKey);
  const { storeDir } = context.config;
  const caches = urls.map((url) => new BuilderCache(url, { storeDir }));
  for (const cache of caches) await context.wait(cache.name, cache.check(context.signal));
  return { caches, keys };
}
