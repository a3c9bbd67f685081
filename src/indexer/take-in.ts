import { EMPTY_CAT } from "../cat/tree.js";
import type { Cursor } from "../index/index-reader.js";
import type { AppliedBatch, IndexWriter } from "../index/index-writer.js";
import type { Logger } from "../log/logger.js";
import { readBlock } from "../registry/finality.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { BlockEvents } from "./check-history.js";
import type { Look } from "./look-at-chain.js";
import { takeBatch } from "./take-batch.js";

export interface TakeInOptions {
  readonly registry: Registry;
  readonly store: ContentStore;
  readonly index: IndexWriter;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes what became final into the index: one transaction for each block that holds something (as a rule one batch) with the
 * cursor behind it, so that what was done stays done, and one for the final block.
 * @returns how many batches came in
 * @throws CatnixError as {@link takeBatch}; RPC_UNAVAILABLE, RPC_ANSWER_INVALID; INDEX_MOVED, DATABASE_FAILED;
 * the reason of an aborted signal; the blocks before stay in
 */
export async function takeIn({ blocks, final, position }: Look, options: TakeInOptions): Promise<number> {
  const { registry, index, signal } = options;
  let batches = 0;
  for (const block of blocks) {
    signal?.throwIfAborted();
    const mark = block.block === final.number ? final : await readBlock(registry.chain, block.block);
    batches += await takeBlock(block, mark.hash, options);
  }
  const cursor = index.cursor();
  if (position !== undefined && final.number > (cursor?.block ?? -1)) {
    const next = { ...position, cat: cursor?.cat ?? EMPTY_CAT, block: final.number, blockHash: final.hash };
    index.commit(cursor, { batches: [], withdrawals: [], cursor: next });
  }
  return batches;
}

async function takeBlock(events: BlockEvents, blockHash: string, options: TakeInOptions): Promise<number> {
  const { index, store, log, signal } = options;
  const from = index.cursor();
  let cat = from?.cat ?? EMPTY_CAT;
  const taken: AppliedBatch[] = [];
  // Chunks that a batch of this block made are not in the index yet.
  const made = new Map<string, Uint8Array>();
  const findChunk = (address: string) => made.get(address) ?? index.findChunk(address);
  for (const event of events.batches) {
    const batch = await takeBatch(event, cat, { store, storeDir: index.storeDir, findChunk, log, signal });
    for (const { address, data } of batch.chunks) made.set(address, data);
    cat = { root: batch.batch.root, depth: batch.batch.depth };
    taken.push(batch);
  }
  const { head, seq, alarmHead, alarms } = events.position;
  const cursor: Cursor = { block: events.block, blockHash, head, seq, cat, alarmHead, alarms };
  index.commit(from, { batches: taken, withdrawals: events.alarms, cursor });
  for (const { batch, records } of taken)
    log.info({ seq: batch.seq, root: batch.root, rows: batch.rows, records: records.size }, "a batch is in");
  return taken.length;
}
