import { fileAddress } from "../bmt/file-hasher.js";
import { type CatRecord, formatRecord } from "../cat/record.js";
import { compareRows, type Row, SWARM_ID_SIZE } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { parseStorePath } from "../nix/store-path.js";

/** One row of a delta and, unless it is a tombstone, the record that it leads to. */
export interface DeltaEntry {
  readonly row: Row;
  readonly record?: CatRecord;
}

/** The same bounds as signers have: 64 MiB of delta, and 512 MiB of records. */
const MAX_DELTA_ROWS = 1 << 20;
const MAX_RECORDS_SIZE = 512 << 20;

/**
 * The rows that a batch sets, ascending by `nixId`, each `swarmId` computed from its record.
 * @param tombstones 20 bytes each
 * @throws CatnixError CAT_RECORD_INVALID; CAT_DELTA_INVALID where there is nothing to set, more than 2^20 rows or 512 MiB of
 * records, or one path twice
 */
export function makeDelta(
  seq: number,
  records: readonly CatRecord[],
  tombstones: readonly Uint8Array[],
  storeDir: string,
): DeltaEntry[] {
  let bytes = 0;
  const entries = [
    ...records.map((record): DeltaEntry => {
      const text = Buffer.from(formatRecord(record, storeDir));
      bytes += text.length;
      const { nixId } = parseStorePath(record.storePath, storeDir);
      return { row: { nixId, seq, swarmId: fileAddress(text) }, record };
    }),
    ...tombstones.map((nixId): DeltaEntry => ({ row: { nixId, seq, swarmId: new Uint8Array(SWARM_ID_SIZE) } })),
  ].sort((a, b) => compareRows(a.row, b.row));
  const invalid = (reason: string) => new CatnixError("CAT_DELTA_INVALID", { reason });
  if (entries.length === 0) throw invalid("there is nothing to list or to withdraw");
  if (entries.length > MAX_DELTA_ROWS) throw invalid(`${entries.length} rows are more than ${MAX_DELTA_ROWS}`);
  if (bytes > MAX_RECORDS_SIZE) throw invalid(`its records have more than ${MAX_RECORDS_SIZE} bytes`);
  const twice = entries.find((entry, at) => at > 0 && compareRows(entries[at - 1]!.row, entry.row) === 0);
  if (twice) throw invalid(`the path ${toHex(twice.row.nixId)} is in it twice`);
  return entries;
}
