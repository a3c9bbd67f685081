import { NO_PACK } from "../cat/batch.js";
import { readRows } from "../cat/lookup.js";
import type { Row } from "../cat/row.js";
import type { Cat, CatChunk, GetChunk } from "../cat/tree.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { AppliedBatch } from "../index/index-writer.js";
import type { BatchEvent } from "./check-history.js";
import type { TakeBatchOptions } from "./take-batch.js";
import { takeRecords } from "./take-records.js";

/**
 * Takes batches in without their deltas: out of the whole CAT that the last of them led to, of which only the chunks that were
 * never seen are fetched (docs/spec.md, Following). Every chunk hashes up to the approved root; that the root follows from
 * the deltas is then the quorum's word alone. Rows that were set and replaced within these batches are not to be had: their
 * NARs are not served to clients that still have the narinfo.
 * @param start the last act that is in
 * @param batches in order, at least one
 * @throws CatnixError CAT_… where the approved CAT is none; `SWARM_…` where it cannot be had now; the signal's reason
 */
export async function takeWhole(
  start: { seq: number },
  batches: readonly BatchEvent[],
  options: TakeBatchOptions,
): Promise<AppliedBatch[]> {
  const last = batches.at(-1)!.batch;
  const { rows, chunks } = await readNewRows(last, { after: start.seq, to: last.seq }, options);
  // With one batch they are its delta's; of several no pack has just these records.
  const pack = batches.length === 1 ? last.pack : NO_PACK;
  const { records, missing } = await takeRecords({ seq: last.seq, pack }, rows, options);
  const nothing = { delta: [], records: new Map<string, never>(), missing: [], chunks: [] };
  const all = { delta: rows, records, missing, chunks };
  return batches.map(({ batch, digest, approvers, block, transactionHash }) => ({
    ...{ batch, digest, approvers, block, transactionHash },
    ...(batch === last ? all : nothing),
  }));
}

/** The rows that acts in a range set, and the chunks that lead to them. A chunk that was seen before holds older rows only. */
async function readNewRows(
  cat: Cat,
  { after, to }: { after: number; to: number },
  { store, findChunk, signal }: TakeBatchOptions,
): Promise<{ rows: Row[]; chunks: CatChunk[] }> {
  const chunks: CatChunk[] = [];
  const getChunk: GetChunk = async (address) => {
    const data = await store.getChunk(address, { signal });
    chunks.push({ address, data });
    return data;
  };
  const rows: Row[] = [];
  for await (const row of readRows(cat, getChunk, (address) => findChunk(address) !== undefined)) {
    if (row.seq > to)
      throw new CatnixError("CAT_TREE_INVALID", {
        address: cat.root,
        reason: `a row of act ${row.seq} in that of ${to}`,
      });
    if (row.seq > after) rows.push(row);
  }
  return { rows, chunks };
}
