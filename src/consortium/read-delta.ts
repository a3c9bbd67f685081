import type { Batch } from "../cat/batch.js";
import { decodeDelta } from "../cat/delta.js";
import { ROW_SIZE, type Row } from "../cat/row.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { ContentStore } from "../swarm/content-store.js";

/** No honest delta has more rows: 64 MiB. */
const MAX_DELTA_ROWS = 1 << 20;

/**
 * The rows that a batch sets.
 * @throws CatnixError CAT_DELTA_INVALID, CAT_ROW_INVALID, and what the store throws
 */
export async function readDelta(batch: Batch, store: ContentStore, signal: AbortSignal): Promise<Row[]> {
  if (batch.rows > MAX_DELTA_ROWS)
    throw new CatnixError("CAT_DELTA_INVALID", { reason: `${batch.rows} rows are more than ${MAX_DELTA_ROWS}` });
  return decodeDelta(await store.readAll(batch.delta, batch.rows * ROW_SIZE, { signal }), batch);
}
