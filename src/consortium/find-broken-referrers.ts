import { runParallel } from "../async/run-parallel.js";
import { readRows } from "../cat/lookup.js";
import { isTombstone } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { parseBaseName } from "../nix/store-path.js";
import type { ClosureOptions, DeltaEntry } from "./check-closure.js";

/** A live path that a batch leaves without one of its references. */
export interface BrokenReferrer {
  /** The path that the batch withdraws, as `referrer` names it. */
  readonly storePath: string;
  /** The path that refers to it, which the batch does not touch. */
  readonly referrer: string;
}

const PARALLEL = 16;

/**
 * Finds the live paths that refer to what the delta withdraws (docs/spec.md, Closure rule). There is no index of referrers
 * to trust, so it reads every record of the CAT; where the delta has no tombstone, nothing. Holds what it finds.
 * @param delta by `nixId` in hexadecimal
 * @returns ascending by `referrer`, then `storePath`
 * @throws CatnixError as {@link ClosureOptions.getChunk} and the chain and the store do
 */
export async function findBrokenReferrers(
  delta: ReadonlyMap<string, DeltaEntry>,
  { cat, getChunk, records, withdrawals, signal }: ClosureOptions,
): Promise<BrokenReferrer[]> {
  if (![...delta.values()].some(({ row }) => isTombstone(row))) return [];
  const isWithdrawnHere = (reference: string) => {
    const entry = delta.get(toHex(parseBaseName(reference).nixId));
    return entry !== undefined && isTombstone(entry.row);
  };
  const found: BrokenReferrer[] = [];
  await runParallel(readRows(cat, getChunk), PARALLEL, signal, async (row, either) => {
    // The delta's own records were held to the closure rule.
    if (isTombstone(row) || delta.has(toHex(row.nixId))) return;
    const record = await records.readApproved(row, either);
    const broken = record?.references.filter(isWithdrawnHere) ?? [];
    if (record === undefined || broken.length === 0 || (await withdrawals.has(row))) return;
    for (const reference of broken)
      found.push({ storePath: `${records.storeDir}/${reference}`, referrer: record.storePath });
  });
  const key = ({ referrer, storePath }: BrokenReferrer) => `${referrer} ${storePath}`;
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
