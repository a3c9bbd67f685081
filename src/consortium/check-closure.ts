import { runParallel } from "../async/run-parallel.js";
import { lookupRow } from "../cat/lookup.js";
import type { HeldRecord } from "../cat/held-records.js";
import { isTombstone, type Row } from "../cat/row.js";
import type { Cat, GetChunk } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { parseBaseName, parseStorePath } from "../nix/store-path.js";
import type { RecordReader } from "./record-reader.js";
import type { Withdrawals } from "./withdrawals.js";

/** What a delta sets for one `nixId`. */
export interface DeltaEntry {
  readonly row: Row;
  /** What the row leads to; of a tombstone what it withdraws, where that can be read. */
  readonly held?: HeldRecord;
}

export interface ClosureOptions {
  /** The CAT that the delta makes. */
  readonly cat: Cat;
  readonly getChunk: GetChunk;
  readonly records: RecordReader;
  readonly withdrawals: Withdrawals;
  readonly signal: AbortSignal;
}

const PARALLEL = 8;

/**
 * Every reference of a record in the delta leads to the path of that very name in the resulting CAT (docs/spec.md, Closure
 * rule). Rows of the delta itself must have been held against withdrawals already: the contract knows nothing of an act to
 * come.
 * @param delta by `nixId` in hexadecimal
 * @throws CatnixError CAT_CLOSURE_BROKEN, and what chain and store throw
 */
export async function checkClosure(delta: ReadonlyMap<string, DeltaEntry>, options: ClosureOptions): Promise<void> {
  const outside = new Map<string, { reference: string; storePath: string }>();
  for (const { row, held } of delta.values()) {
    if (held === undefined || isTombstone(row)) continue;
    const { storePath, references } = held.record;
    for (const reference of references) {
      const own = delta.get(toHex(parseBaseName(reference).nixId));
      if (!own) outside.set(reference, { reference, storePath });
      else if (!own.held || isTombstone(own.row) || baseNameOf(own.held, options) !== reference)
        throw new CatnixError("CAT_CLOSURE_BROKEN", { storePath, reference });
    }
  }
  await runParallel(outside.values(), PARALLEL, options.signal, async ({ reference, storePath }, signal) => {
    if (!(await isLive(reference, options, signal)))
      throw new CatnixError("CAT_CLOSURE_BROKEN", { storePath, reference });
  });
}

async function isLive(reference: string, options: ClosureOptions, signal: AbortSignal): Promise<boolean> {
  const { cat, getChunk, records, withdrawals } = options;
  const row = await lookupRow(cat, parseBaseName(reference).nixId, getChunk);
  if (!row || isTombstone(row) || (await withdrawals.has(row))) return false;
  const record = await records.readApproved(row, signal);
  return record !== undefined && baseNameOf(record, options) === reference;
}

function baseNameOf({ storePath }: { storePath: string }, { records }: ClosureOptions): string {
  return parseStorePath(storePath, records.storeDir).baseName;
}
