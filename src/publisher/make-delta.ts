import type { HeldRecord } from "../cat/held-records.js";
import { compareRows, type Row, SWARM_ID_SIZE } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";

/** One row of a delta and, unless it is a tombstone, the record that it leads to. */
export interface DeltaEntry {
  readonly row: Row;
  readonly held?: HeldRecord;
}

/** The same bounds as signers have: 64 MiB of delta, and 512 MiB of records. */
const MAX_DELTA_ROWS = 1 << 20;
const MAX_RECORDS_SIZE = 512 << 20;

/**
 * The rows that a batch sets, ascending by `nixId`.
 * @param tombstones 20 bytes each
 * @throws CatnixError CAT_DELTA_INVALID where there is nothing to set, more than 2^20 rows or 512 MiB of
 * records, or one path twice
 */
export function makeDelta(
  seq: number,
  records: readonly HeldRecord[],
  tombstones: readonly Uint8Array[],
): DeltaEntry[] {
  const entries = [
    ...records.map((held): DeltaEntry => ({ row: { nixId: held.nixId, seq, swarmId: held.swarmId }, held })),
    ...tombstones.map((nixId): DeltaEntry => ({ row: { nixId, seq, swarmId: new Uint8Array(SWARM_ID_SIZE) } })),
  ].sort((a, b) => compareRows(a.row, b.row));
  const invalid = (reason: string) => new CatnixError("CAT_DELTA_INVALID", { reason });
  if (entries.length === 0) throw invalid("there is nothing to list or to withdraw");
  if (entries.length > MAX_DELTA_ROWS) throw invalid(`${entries.length} rows are more than ${MAX_DELTA_ROWS}`);
  if (records.reduce((bytes, { size }) => bytes + size, 0) > MAX_RECORDS_SIZE)
    throw invalid(`its records have more than ${MAX_RECORDS_SIZE} bytes`);
  const twice = entries.find((entry, at) => at > 0 && compareRows(entries[at - 1]!.row, entry.row) === 0);
  if (twice) throw invalid(`the path ${toHex(twice.row.nixId)} is in it twice`);
  return entries;
}
