import { applyDelta } from "../cat/apply.js";
import type { Batch } from "../cat/batch.js";
import { decodeDelta } from "../cat/delta.js";
import { ROW_SIZE, type Row } from "../cat/row.js";
import { type Cat, describeCat, type GetChunk } from "../cat/tree.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { AppliedBatch } from "../index/index-writer.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { BatchEvent } from "./check-history.js";
import { readBounded } from "./read-bounded.js";
import { takeRecords, type TakeRecordsOptions } from "./take-records.js";

/** Rows that a delta may have here, 1 GiB of them: more at once no process could hold. */
const MAX_ROWS = 2 ** 24;

export interface TakeBatchOptions extends TakeRecordsOptions {
  /** A chunk of an earlier CAT that is at hand. */
  readonly findChunk: (address: string) => Uint8Array | undefined;
  /** The row of a `nixId` in the CAT that the index holds. */
  readonly findRow: (nixId: Uint8Array) => Row | undefined;
}

/**
 * Fetches what a batch says and checks all of it: delta, the root and depth that it leads to, and each record as {@link takeRecords}.
 * @param parent the CAT that the delta is applied to
 * @throws CatnixError CAT_DELTA_INVALID, CAT_ROW_INVALID, CAT_ROOT_MISMATCH and what {@link applyDelta} throws, where the batch
 * is wrong; SWARM_NOT_FOUND where Swarm lacks the delta; other `SWARM_…` where something cannot be had now; the reason of an aborted signal
 */
export async function takeBatch(event: BatchEvent, parent: Cat, options: TakeBatchOptions): Promise<AppliedBatch> {
  const { batch, digest, approvers, block, transactionHash } = event;
  const { store, findChunk, signal } = options;
  const delta = await readDelta(store, batch, signal);
  const getChunk: GetChunk = async (address) => findChunk(address) ?? store.getChunk(address, { signal });
  const { cat, chunks } = await applyDelta(parent, delta, getChunk);
  if (cat.root !== batch.root || cat.depth !== batch.depth)
    throw new CatnixError("CAT_ROOT_MISMATCH", {
      seq: batch.seq,
      expected: describeCat(batch),
      actual: describeCat(cat),
    });
  const records = await takeRecords(batch, delta, options);
  return { batch, digest, approvers, block, transactionHash, delta, ...records, chunks };
}

async function readDelta(store: ContentStore, batch: Batch, signal: AbortSignal | undefined): Promise<Row[]> {
  const invalid = (reason: string) => new CatnixError("CAT_DELTA_INVALID", { reason });
  if (batch.rows > MAX_ROWS) throw invalid(`${batch.rows} rows are more than the ${MAX_ROWS} of one batch`);
  const bytes = await readBounded(store, batch.delta, batch.rows * ROW_SIZE, { signal });
  if (bytes === undefined) throw invalid(`it is longer than ${batch.rows} rows`);
  return decodeDelta(bytes, batch);
}
