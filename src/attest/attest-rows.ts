import { runParallel } from "../async/run-parallel.js";
import { toHex } from "../encoding/hex.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { type AttestationMode, type AttestationRow, toReason } from "../members/attestation.js";
import { formatHashPart, parseStorePath } from "../nix/store-path.js";
import type { AttestedBuilds } from "./attested-builds.js";
import type { RowOutcome, RowToAttest } from "./row-outcome.js";

/** Rows that are looked at together, such as the outputs of one derivation; and how. */
export interface AttestTask {
  readonly rows: readonly RowToAttest[];
  readonly mode: AttestationMode;
  /**
   * One outcome for each row, in their order. A fault of the rows alone may be thrown as a CatnixError: they have then failed.
   */
  readonly check: (rows: readonly RowToAttest[], signal: AbortSignal) => Promise<readonly RowOutcome[]>;
}

export interface AttestProgress {
  readonly done: number;
  readonly of: number;
  readonly storePath: string;
  readonly outcome: RowOutcome;
}

export interface AttestRowsOptions {
  /** Tasks at a time, at least 1. */
  readonly jobs: number;
  /** What was found out before is not looked at again, and what is now is added. */
  readonly memory?: AttestedBuilds | undefined;
  /** Whether what was found before still answers what is asked now; all does where not given. */
  readonly isReusable?: ((row: RowToAttest, outcome: RowOutcome) => Promise<boolean>) | undefined;
  /** Looks also at what is remembered. */
  readonly recheck?: boolean | undefined;
  readonly onProgress?: ((progress: AttestProgress) => void) | undefined;
  readonly signal: AbortSignal;
}

/** A row with what was found out about it. */
export interface AttestedRow {
  readonly row: RowToAttest;
  readonly outcome: RowOutcome;
  /** Whether an earlier run found it out. */
  readonly isRemembered: boolean;
}

/** Faults of this machine, not of a row: nothing is found out about any other row either. */
const OWN_FAULTS = ["DISK_FULL", "DATABASE_FAILED", "FILE_UNWRITABLE", "NIX_UNUSABLE", "SANDBOX_UNAVAILABLE"] as const;

export function isOwnFault(error: unknown): boolean {
  return isCatnixError(error, ...OWN_FAULTS);
}

/**
 * Finds out how a member can vouch for each row. When it rejects, nothing is under way any more, and what was found out is
 * remembered.
 * @returns in the order of the tasks' rows
 * @throws CatnixError DISK_FULL, DATABASE_FAILED, FILE_UNWRITABLE, NIX_UNUSABLE, SANDBOX_UNAVAILABLE; the signal's reason
 */
export async function attestRows(tasks: readonly AttestTask[], options: AttestRowsOptions): Promise<AttestedRow[]> {
  const { memory, recheck = false, isReusable = () => Promise.resolve(true), onProgress } = options;
  const of = tasks.reduce((sum, { rows }) => sum + rows.length, 0);
  const found = new Map<RowToAttest, AttestedRow>();
  const take = (row: RowToAttest, outcome: RowOutcome, isRemembered: boolean) => {
    found.set(row, { row, outcome, isRemembered });
    onProgress?.({ done: found.size, of, storePath: row.record.storePath, outcome });
  };
  await runParallel(tasks.values(), options.jobs, options.signal, async (task, signal) => {
    const fresh: RowToAttest[] = [];
    for (const row of task.rows) {
      const before = recheck ? undefined : memory?.find(row);
      if (before && (await isReusable(row, before))) take(row, before, true);
      else fresh.push(row);
    }
    if (fresh.length === 0) return;
    const outcomes = await checkAll(fresh, task, signal);
    for (const [at, row] of fresh.entries()) {
      memory?.add(row, outcomes[at]!, Date.now());
      take(row, outcomes[at]!, false);
    }
  });
  return tasks.flatMap(({ rows }) => rows.map((row) => found.get(row)!));
}

async function checkAll(
  rows: readonly RowToAttest[],
  { check, mode }: AttestTask,
  signal: AbortSignal,
): Promise<readonly RowOutcome[]> {
  try {
    return await check(rows, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCatnixError(error) || isOwnFault(error)) throw error;
    const { message } = error;
    return rows.map(() => ({ result: "failed", mode, reason: toReason(message) }));
  }
}

/** The row as an attestation holds it; of what is kept on this machine nothing is said. */
export function toAttestationRow({ row, outcome }: AttestedRow, storeDir: string): AttestationRow {
  const { result, mode, deriver, builder, builderKey, foundNarHash, reason } = outcome;
  const seen = { result, mode, deriver, builder, builderKey, foundNarHash, reason };
  const { name } = parseStorePath(row.record.storePath, storeDir);
  const { narHash } = row.record;
  return { nixId: formatHashPart(row.nixId), name, swarmId: toHex(row.swarmId), narHash, ...seen };
}
