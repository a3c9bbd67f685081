import type { AttestTask } from "../../attest/attest-rows.js";
import { BuilderCache } from "../../attest/copy/builder-cache.js";
import { reuseFor } from "../../attest/is-reusable.js";
import { planCopies } from "../../attest/copy/plan-copies.js";
import { planRebuilds } from "../../attest/rebuild/plan-rebuilds.js";
import type { RowToAttest } from "../../attest/row-outcome.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { parsePublicKey, type PublicKey } from "../../nix/signing-key.js";
import type { Context } from "../context.js";
import type { ReviewedBatch } from "../review-batch.js";
import { readNixVersion } from "../doctor/read-nix.js";
import { nativeSystem } from "./native-system.js";
import { openInputs, type InputOptions } from "./open-inputs.js";

/** How `catnix attest` is asked to check. */
export interface PlanOptions extends InputOptions {
  readonly mode: "rebuild" | "copy";
  readonly builder: readonly string[];
  readonly builderKey: readonly string[];
  /** Seconds that a build may take. */
  readonly timeout?: number;
  /** Lines of nix.conf for rebuilds. */
  readonly nixSetting: readonly string[];
}

export interface Plan {
  readonly tasks: readonly AttestTask[];
  /** Whether what was found out before still answers what is asked now. */
  readonly isReusable: ReturnType<typeof reuseFor>;
  /** The Nix that rebuilds; undefined where none does. */
  readonly nix?: string | undefined;
}

/** The builders that a member named. */
interface Builders {
  readonly builders: readonly BuilderCache[];
  readonly keys: readonly PublicKey[];
}

/**
 * Plans how each row is checked.
 * @param folder absolute: what is kept goes below it
 * @throws CatnixError USAGE, NIX_KEY_INVALID, BUILDER_UNREACHABLE, BUILDER_ANSWER_INVALID, NIX_UNUSABLE, EVALUATION_FAILED,
 * and what reading the derivations throws
 */
export async function planRows(
  context: Context,
  batch: ReviewedBatch,
  rows: readonly RowToAttest[],
  options: PlanOptions,
  folder: string,
): Promise<Plan> {
  const { storeDir } = context.config;
  const { signal } = context;
  requireFitting(options);
  const named = await openBuilders(context, options);
  const store = context.store({ cached: false });
  const copies = { ...named, store, storeDir, folder };
  if (options.mode === "copy") return { tasks: planCopies(rows, copies), isReusable: reuseFor(named) };
  const version = await readNixVersion(signal);
  if (version === undefined) throw new CatnixError("NIX_UNUSABLE", { reason: "there is no nix on the PATH" });
  const { provide, evaluated, isListed } = await openInputs(context, batch, rows, { ...options, ...named });
  const timeoutMs = options.timeout === undefined ? undefined : options.timeout * 1000;
  const tasks = planRebuilds(rows, {
    ...{ ...copies, provide, evaluated, timeoutMs, settings: options.nixSetting, system: nativeSystem() },
    onProgress: (event) => {
      if (event.kind === "building") context.note(`building ${event.derivation}`);
    },
  });
  const isReusable = reuseFor({ ...named, rebuild: { evaluated, storeDir, isListed } });
  return { tasks, isReusable, nix: `nix (Nix) ${version}` };
}

/** @throws CatnixError USAGE */
function requireFitting({ mode, builder, builderKey, eval: expression, attr, nixSetting }: PlanOptions): void {
  const refuse = (reason: string) => new CatnixError("USAGE", { reason });
  if (mode === "copy" && builder.length === 0)
    throw refuse("a copy is compared with a builder's: give --builder and --builder-key");
  if (builder.length > 0 && builderKey.length === 0) throw refuse("say whose signatures count: give --builder-key");
  if (mode === "copy" && expression !== undefined) throw refuse("--eval is for --mode rebuild");
  if (mode === "copy" && nixSetting.length > 0) throw refuse("--nix-setting is for --mode rebuild");
  for (const line of nixSetting)
    if (!/^[a-z-]+ *=[^\p{Cc}#]*$/u.test(line)) throw refuse(`--nix-setting wants NAME = VALUE, not ${line}`);
  if (attr.length > 0 && expression === undefined) throw refuse("--attr is for --eval");
  for (const url of builder)
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw refuse(`--builder wants an http or https URL, not ${url}`);
}

async function openBuilders(context: Context, { builder, builderKey }: PlanOptions): Promise<Builders> {
  const keys = builderKey.map(parsePublicKey);
  const { storeDir } = context.config;
  const builders = builder.map((url) => new BuilderCache(url, { storeDir }));
  for (const cache of builders) await context.wait(cache.name, cache.check(context.signal));
  return { builders, keys };
}
