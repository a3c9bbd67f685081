import { runParallel } from "../async/run-parallel.js";
import type { Batch } from "../cat/batch.js";
import { lookupRow } from "../cat/lookup.js";
import { isTombstone, type Row } from "../cat/row.js";
import type { Cat, GetChunk } from "../cat/tree.js";
import { equalBytes } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";
import { formatHashPart } from "../nix/store-path.js";
import type { Withdrawals } from "./withdrawals.js";

/** A path that both the draft and an act that came first have set. */
export interface RebaseConflict {
  /** The draft's row. */
  readonly ours: Row;
  /** The registry's. */
  readonly theirs: Row;
}

/** What of a draft that was overtaken is still to do. */
export interface RebasePlan {
  /** The draft's rows that nothing else has touched, ascending. */
  readonly kept: readonly Row[];
  /** The draft's rows that are there already, exactly so. */
  readonly landed: readonly Row[];
  readonly conflicts: readonly RebaseConflict[];
}

export interface RebaseOptions {
  /** The CAT at the registry's root. */
  readonly cat: Cat;
  readonly getChunk: GetChunk;
  readonly withdrawals: Withdrawals;
  readonly signal: AbortSignal;
}

const PARALLEL = 16;

/**
 * Compares a draft with what the registry holds now. What acts since the draft's parent have set shows in the rows' own `seq`, so
 * neither the parent nor those acts are needed. Where they set the same and the guardian withdrew it since, that is a conflict too: to
 * list it again has to be somebody's wish.
 * @param delta the draft's rows
 * @throws CatnixError CAT_WITHDRAWN_BUILD where the guardian withdrew a build of the draft since it was made: at the old parent it would
 * be dead, and a later act must not bring it back by accident; what `getChunk` and the chain throw
 */
export async function planRebase(
  { seq }: Pick<Batch, "seq">,
  delta: readonly Row[],
  { cat, getChunk, withdrawals, signal }: RebaseOptions,
): Promise<RebasePlan> {
  const sorted = delta.map((row): { row: Row; theirs?: Row | undefined; landed?: boolean } => ({ row }));
  await runParallel(sorted.values(), PARALLEL, signal, async (it) => {
    const { row } = it;
    const now = await lookupRow(cat, row.nixId, getChunk);
    const theirs = now !== undefined && now.seq >= seq ? now : undefined;
    const isSame = theirs !== undefined && equalBytes(theirs.swarmId, row.swarmId);
    it.theirs = theirs;
    it.landed = isSame && (isTombstone(theirs) || !(await withdrawals.has(theirs)));
    if (theirs !== undefined || isTombstone(row)) return;
    const through = await withdrawals.through(row.swarmId);
    if (through >= seq)
      throw new CatnixError("CAT_WITHDRAWN_BUILD", { storePath: `${formatHashPart(row.nixId)}-…`, through, seq });
  });
  return {
    kept: sorted.filter(({ theirs }) => theirs === undefined).map(({ row }) => row),
    landed: sorted.filter(({ landed }) => landed).map(({ row }) => row),
    conflicts: sorted.flatMap(({ row, theirs, landed }) => (theirs && !landed ? [{ ours: row, theirs }] : [])),
  };
}
