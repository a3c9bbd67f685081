import { fileAddress } from "../bmt/file-hasher.js";
import { type Batch, NO_PACK } from "../cat/batch.js";
import { encodeDelta } from "../cat/delta.js";
import { readRows } from "../cat/lookup.js";
import { isTombstone, type Row, SWARM_ID_SIZE } from "../cat/row.js";
import type { Cat, CatChunk, GetChunk } from "../cat/tree.js";
import { equalBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { AppliedBatch } from "../index/index-writer.js";
import type { BatchEvent } from "./check-history.js";
import type { TakeBatchOptions } from "./take-batch.js";
import { takeRecords } from "./take-records.js";

/**
 * Takes batches in without their deltas: out of the whole CAT that the last of them led to, of which only the chunks that were
 * never seen are fetched (docs/spec.md, Following). Every chunk hashes up to the approved root, a single batch's rows to its
 * delta, and older rows are as they were; that the root of several follows from their deltas is the quorum's word alone. Rows
 * that were set and replaced within these batches are not to be had, and one of them may have been a tombstone: NARs of theirs
 * and of what they replaced are not served to clients that still have the narinfo.
 * @param start the last act that is in
 * @param batches in order, at least one
 * @throws CatnixError CAT_… where the approved CAT is none; `SWARM_…` where it cannot be had now; the signal's reason
 */
export async function takeWhole(
  start: { seq: number },
  batches: readonly BatchEvent[],
  options: TakeBatchOptions,
): Promise<AppliedBatch[]> {
  const [first, last] = [batches[0]!.batch, batches.at(-1)!.batch];
  const { rows, chunks } = await readNewRows(last, { after: start.seq, to: last.seq }, options);
  if (batches.length === 1) requireDelta(last, rows);
  // With one batch they are its delta's; of several no pack has just these records.
  const pack = batches.length === 1 ? last.pack : NO_PACK;
  const { records, missing } = await takeRecords({ seq: last.seq, pack }, rows, options);
  const nothing = { delta: [], records: new Map<string, never>(), missing: [], chunks: [] };
  const hidden = { ...nothing, delta: supposeTombstones(first.seq, rows, options) };
  const all = { delta: rows, records, missing, chunks };
  return batches.map(({ batch, digest, approvers, block, transactionHash }) => ({
    ...{ batch, digest, approvers, block, transactionHash },
    ...(batch === last ? all : batch === first ? hidden : nothing),
  }));
}

/** The rows of one batch are its delta, so that the missing file itself is no reason to believe anything. */
function requireDelta(batch: Batch, rows: readonly Row[]): void {
  const isOfBatch = rows.length === batch.rows && rows.every(({ seq }) => seq === batch.seq);
  if (isOfBatch && toHex(fileAddress(encodeDelta(rows))) === batch.delta) return;
  throw new CatnixError("CAT_TREE_INVALID", { address: batch.root, reason: "its new rows are not those of the delta" });
}

/**
 * Tombstones of the first batch for what a later one set anew: whether the quorum had withdrawn it between cannot be seen, and who
 * hides a delta must not bring a withdrawn NAR back.
 */
function supposeTombstones(seq: number, rows: readonly Row[], { findRow }: TakeBatchOptions): Row[] {
  const isDoubtful = (row: Row) => {
    const old = row.seq > seq && !isTombstone(row) ? findRow(row.nixId) : undefined;
    return old !== undefined && !isTombstone(old);
  };
  return rows.filter(isDoubtful).map(({ nixId }) => ({ nixId, seq, swarmId: new Uint8Array(SWARM_ID_SIZE) }));
}

/** The rows that acts in a range set, and the chunks that lead to them. A chunk that was seen before holds older rows only. */
async function readNewRows(
  cat: Cat,
  { after, to }: { after: number; to: number },
  { store, findChunk, findRow, signal }: TakeBatchOptions,
): Promise<{ rows: Row[]; chunks: CatChunk[] }> {
  const chunks: CatChunk[] = [];
  const getChunk: GetChunk = async (address) => {
    const data = await store.getChunk(address, { signal });
    chunks.push({ address, data });
    return data;
  };
  const invalid = (reason: string) => new CatnixError("CAT_TREE_INVALID", { address: cat.root, reason });
  const rows: Row[] = [];
  for await (const row of readRows(cat, getChunk, (address) => findChunk(address) !== undefined)) {
    if (row.seq > to) throw invalid(`a row of act ${row.seq} in that of ${to}`);
    if (row.seq > after) rows.push(row);
    else if (!isSameRow(row, findRow(row.nixId))) throw invalid(`a row of act ${row.seq} that this act did not set`);
  }
  return { rows, chunks };
}

function isSameRow(row: Row, other: Row | undefined): boolean {
  return other?.seq === row.seq && equalBytes(other.swarmId, row.swarmId);
}
