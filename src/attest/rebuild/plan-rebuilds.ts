import { join } from "node:path";
import { isCatnixError } from "../../errors/catnix-error.js";
import { toReason } from "../../members/attestation.js";
import { formatNixSha256 } from "../../nix/nix-hash.js";
import { type AttestTask, isOwnFault } from "../attest-rows.js";
import { checkAddress } from "../check-address.js";
import { compareCopy, type CopyOptions } from "../copy/plan-copies.js";
import { describeDifference } from "../describe-difference.js";
import { readNarOf } from "../read-nar-of.js";
import type { InputOrigin, RowOutcome, RowToAttest } from "../row-outcome.js";
import type { EvaluatedOutput } from "./evaluate.js";
import { KnownDerivations } from "./known-derivations.js";
import { provideRecord } from "./provide-path.js";
import { DerivationReader, isDerivation } from "./read-derivation.js";
import { rebuildDerivation, requireOutput } from "./rebuild-derivation.js";
import type { Provide, RebuildOptions, RebuildOutcome } from "./rebuild-path.js";

export interface PlanRebuildsOptions
  extends Pick<RebuildOptions, "provide" | "settings" | "timeoutMs" | "scratch" | "onProgress">, CopyOptions {
  /** What the member evaluated: it alone says then by which derivation a path is made; else the record's deriver does. */
  readonly evaluated?: ReadonlyMap<string, EvaluatedOutput> | undefined;
  /** The system that is built for here. */
  readonly system: string;
}

type CheckOptions = PlanRebuildsOptions & { readonly known: KnownDerivations };

/**
 * Rebuilds what the rows list, all outputs of a derivation by one build. What cannot be tried here (no derivation, another
 * system, an input that is nowhere) is held to the builders where some are named.
 */
export function planRebuilds(rows: readonly RowToAttest[], asked: PlanRebuildsOptions): AttestTask[] {
  const options = { ...asked, known: new KnownDerivations(asked.provide, asked.storeDir) };
  const groups = new Map<string, RowToAttest[]>();
  const tasks: AttestTask[] = [];
  for (const row of rows) {
    const derivation = findDerivation(row, options);
    const group = derivation === undefined ? undefined : groups.get(derivation);
    if (group) {
      group.push(row);
      continue;
    }
    const together = [row];
    if (derivation !== undefined) groups.set(derivation, together);
    tasks.push({
      ...{ rows: together, mode: "rebuild" },
      check: (fresh, signal) => checkGroup(fresh, derivation, options, signal),
    });
  }
  return tasks;
}

/** By which derivation a row would be rebuilt; undefined where none is known. */
export function findDerivation(
  { record }: RowToAttest,
  { evaluated, storeDir }: Pick<PlanRebuildsOptions, "evaluated" | "storeDir">,
): string | undefined {
  if (evaluated) return evaluated.get(record.storePath)?.derivation;
  return record.deriver === undefined ? undefined : `${storeDir}/${record.deriver}`;
}

async function checkGroup(
  rows: readonly RowToAttest[],
  derivation: string | undefined,
  options: CheckOptions,
  signal: AbortSignal,
): Promise<RowOutcome[]> {
  const { store, storeDir } = options;
  const outcomes = new Map<RowToAttest, RowOutcome>();
  for (const row of rows) {
    const addressed = await checkAddress(row.record, { storeDir, readNar: () => readNarOf(row.record, store, signal) });
    if (addressed) outcomes.set(row, addressed);
  }
  const others = rows.filter((row) => !outcomes.has(row));
  const found = others.length === 0 ? [] : await rebuildOrCompare(others, derivation, options, signal);
  for (const [at, row] of others.entries()) outcomes.set(row, found[at]!);
  return rows.map((row) => outcomes.get(row)!);
}

async function rebuildOrCompare(
  rows: readonly RowToAttest[],
  derivation: string | undefined,
  options: CheckOptions,
  signal: AbortSignal,
): Promise<RowOutcome[]> {
  const { evaluated, storeDir, system } = options;
  if (derivation === undefined) {
    const reason = evaluated ? "what was evaluated does not make it" : "its record names no derivation";
    return compareInstead(rows, { result: "failed", mode: "rebuild", reason }, options, signal);
  }
  const deriver = derivation.slice(storeDir.length + 1);
  try {
    const foreign = await findForeign(rows, derivation, options, signal);
    if (foreign === undefined) return await rebuild(rows, derivation, options, signal);
    const reason = `it is built on ${toReason(foreign)}, and this is ${system}`;
    return await compareInstead(rows, { result: "skipped", mode: "rebuild", deriver, reason }, options, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCatnixError(error) || isOwnFault(error)) throw error;
    const reason = toReason(error.message);
    return compareInstead(rows, { result: "failed", mode: "rebuild", deriver, reason }, options, signal);
  }
}

/**
 * The other system that a derivation is for; undefined where it is for this one, or for any. A row that is not for this system is
 * signed unseen: so it has to be the derivation's output, which nobody but we would find out.
 */
async function findForeign(
  rows: readonly RowToAttest[],
  path: string,
  { evaluated, known, provide, storeDir, system }: CheckOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const isHere = (wanted: string) => wanted === system || wanted === "builtin";
  const own = evaluated?.get(rows[0]!.record.storePath)?.system;
  if (own !== undefined) return isHere(own) ? undefined : own;
  const { derivation } = await new DerivationReader(path, provide, storeDir).read(path, signal);
  if (isHere(derivation.system)) return undefined;
  for (const { record } of rows) requireOutput(path, derivation, record.storePath);
  await known.requireOutputs(path, derivation, signal);
  return derivation.system;
}

async function rebuild(
  rows: readonly RowToAttest[],
  derivation: string,
  options: PlanRebuildsOptions,
  signal: AbortSignal,
): Promise<RowOutcome[]> {
  const { store, storeDir, folder, provide, settings, timeoutMs, scratch, onProgress } = options;
  const published = rows.map(({ record }) => provideRecord(record, store, storeDir));
  const origins: InputOrigin[] = [];
  const noteOrigin: Provide = async (path, ended) => {
    const provided = await provide(path, ended);
    // A derivation is nobody's word: its path commits to it.
    if (provided?.origin && !isDerivation(path, storeDir)) origins.push(provided.origin);
    return provided;
  };
  const kept = join(folder, "rebuilds");
  const outcomes = await rebuildDerivation(published, {
    ...{ derivation, provide: noteOrigin, storeDir, folder: kept, settings, timeoutMs, scratch, onProgress, signal },
  });
  const inputs = origins.length > 0 ? { inputs: origins } : {};
  return outcomes.map((outcome) => ({ ...toOutcome(outcome, derivation.slice(storeDir.length + 1)), ...inputs }));
}

function toOutcome(outcome: RebuildOutcome, deriver: string): RowOutcome {
  const named = { mode: "rebuild", deriver } as const;
  switch (outcome.result) {
    case "rebuilt":
      return { result: "rebuilt", ...named };
    case "failed":
      return { result: "failed", ...named, reason: toReason(outcome.reason), kept: outcome.logFile };
    case "differs": {
      const [first] = outcome.differences;
      const reason = toReason(first ? describeDifference(first) : "the NAR is the same, and the references are others");
      const kept = outcome.kept?.published ?? outcome.logFile;
      const foundNarHash = first && formatNixSha256(outcome.foundNarHash);
      return { result: "differs", ...named, ...(foundNarHash && { foundNarHash }), reason, kept };
    }
  }
}

/** What the builders say of rows that cannot be rebuilt here; `otherwise` where none are named. */
async function compareInstead(
  rows: readonly RowToAttest[],
  otherwise: RowOutcome,
  options: PlanRebuildsOptions,
  signal: AbortSignal,
): Promise<RowOutcome[]> {
  if (options.builders.length === 0) return rows.map(() => otherwise);
  const outcomes: RowOutcome[] = [];
  for (const row of rows) {
    const copied = await compareCopy(row, options, signal);
    const reason = toReason(`not rebuilt: ${otherwise.reason ?? ""}; ${copied.reason ?? ""}`);
    outcomes.push(copied.result === "failed" ? { ...otherwise, reason } : copied);
  }
  return outcomes;
}
