import type { CheckedBatch } from "../consortium/check-batch.js";
import { findOutOfScope } from "../consortium/find-out-of-scope.js";
import { type ClosureSize, measureClosure } from "../consortium/measure-closure.js";
import { RecordReader } from "../consortium/record-reader.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { printable } from "../errors/printable.js";
import { NO_CHARTER, readCharter } from "../members/read-charter.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";
import type { ReviewFacts } from "./describe-batch.js";
import { plural } from "./format.js";

export interface ReviewFactsOptions {
  /** Who is about to sign; without one there is nobody whose scope could be looked at. */
  readonly member?: string | undefined;
  /** What the rows were built for, where an attestation says it. */
  readonly system?: string | undefined;
  readonly all?: boolean | undefined;
}

/** Paths that a warning names. */
const NAMED = 5;

/**
 * Finds what a person should know of a checked batch beyond its rows. None of it keeps anybody from signing: what cannot be had is said.
 * @throws CatnixError what the chain throws; the signal's reason
 */
export async function findReviewFacts(
  context: Context,
  registry: Registry,
  checked: CheckedBatch,
  { member, system, all }: ReviewFactsOptions = {},
): Promise<ReviewFacts> {
  const warnings: string[] = [];
  const closure = await context.wait("the closure", measure(context, checked, warnings));
  if (member !== undefined)
    warnings.push(...(await warnOfScope(context, registry, checked, { address: member, system })));
  return { closure, warnings, all };
}

async function measure(context: Context, checked: CheckedBatch, warnings: string[]): Promise<ClosureSize | undefined> {
  const store = context.store({ cached: false });
  const { signal } = context;
  try {
    const records = new RecordReader(store, context.config.storeDir);
    return await measureClosure(checked, {
      getChunk: (address) => store.getChunk(address, { signal }),
      records,
      signal,
    });
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    warnings.push(`the size of the closure is not known: ${error.message}`);
    return undefined;
  }
}

/** Whose scope is looked at, and for which system, where that is known. */
export interface ScopeOf {
  readonly address: string;
  readonly system: string | undefined;
}

/**
 * What the registry's charter says against a member speaking for a batch: sentences for people.
 * @throws CatnixError what the chain throws
 */
export async function warnOfScope(
  context: Context,
  registry: Registry,
  checked: CheckedBatch,
  { address, system }: ScopeOf,
): Promise<string[]> {
  const { charter } = await registry.council();
  if (charter === NO_CHARTER) return [];
  try {
    const { members } = await readCharter(context.store(), charter, { signal: context.signal });
    const member = members.find((it) => it.address === address);
    if (!member) return [`the charter ${charter} does not list ${address}`];
    const paths = findOutOfScope(checked, member, system);
    if (paths.length === 0) return [];
    const more = paths.length > NAMED ? `, and ${paths.length - NAMED} more` : "";
    const named = `${paths.slice(0, NAMED).join(", ")}${more}`;
    return [`${printable(member.name)} does not speak for ${plural(paths.length, "path")} of this: ${named}`];
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    return [`what ${address} speaks for is not known: ${error.message}`];
  }
}
