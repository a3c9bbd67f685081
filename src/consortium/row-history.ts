import { runParallel } from "../async/run-parallel.js";
import type { Batch } from "../cat/batch.js";
import { NIX_ID_SIZE, type Row, ROW_SIZE, decodeRow } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { ContentStore, StoreOptions } from "../swarm/content-store.js";

/** No delta is larger where one follows: 1 GiB (docs/spec.md, Limits). */
const MAX_DELTA_SIZE = ROW_SIZE * 2 ** 24;
const PARALLEL = 8;

/**
 * The rows of a batch as they pass: the delta is not held. No more is checked than its hash and its size.
 * @returns pieces of whole rows, 64 bytes each
 * @throws CatnixError what the store throws
 */
export async function* readDelta(
  store: ContentStore,
  { delta, rows }: Pick<Batch, "delta" | "rows">,
  options?: StoreOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { body } = await store.read(delta, { ...options, size: rows * ROW_SIZE, maxBytes: MAX_DELTA_SIZE });
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of body) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = bytes.length - (bytes.length % ROW_SIZE);
    rest = bytes.subarray(end);
    if (end > 0) yield bytes.subarray(0, end);
  }
}

/** What was listed of a few paths, in all batches that were ever approved. */
export class RowHistory {
  /** Batches whose deltas Swarm lacks, or that are none: what they list is not known here. Complete after {@link find}. */
  readonly unread = new Set<number>();

  constructor(
    /** All that were approved. */
    readonly batches: readonly Batch[],
    readonly store: ContentStore,
    readonly signal: AbortSignal,
    /** Told after each delta. */
    readonly onProgress?: (read: number, of: number) => void,
  ) {}

  /**
   * @param nixIds 40 hex digits each
   * @returns the rows of these paths, tombstones included, ascending by `seq`
   * @throws CatnixError what the store throws, but for single deltas
   */
  async find(nixIds: ReadonlySet<string>): Promise<Row[]> {
    const found: Row[] = [];
    let read = 0;
    await runParallel(this.batches.values(), PARALLEL, this.signal, async (batch, signal) => {
      try {
        found.push(...(await this.#findIn(batch, nixIds, signal)));
      } catch (error) {
        if (!isCatnixError(error)) throw error;
        this.unread.add(batch.seq);
      }
      this.onProgress?.(++read, this.batches.length);
    });
    return found.sort((a, b) => a.seq - b.seq);
  }

  async #findIn(batch: Batch, nixIds: ReadonlySet<string>, signal: AbortSignal): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const some of readDelta(this.store, batch, { signal }))
      for (let at = 0; at < some.length; at += ROW_SIZE) {
        if (!nixIds.has(toHex(some.subarray(at, at + NIX_ID_SIZE)))) continue;
        const row = decodeRow(some.subarray(at, at + ROW_SIZE));
        if (row.seq !== batch.seq)
          throw new CatnixError("CAT_DELTA_INVALID", { reason: `a row is not of batch ${batch.seq}` });
        rows.push(row);
      }
    return rows;
  }
}
