import { type Cat, EMPTY_CAT } from "../cat/tree.js";
import { isCatnixError } from "../errors/catnix-error.js";
import type { AppliedBatch, IndexWriter } from "../index/index-writer.js";
import type { Logger } from "../log/logger.js";
import { type BlockMark, readBlock } from "../registry/finality.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { BatchEvent, BlockEvents } from "./check-history.js";
import type { Look } from "./look-at-chain.js";
import { takeBatch, type TakeBatchOptions } from "./take-batch.js";
import { takeWhole } from "./take-whole.js";

export interface TakeInOptions {
  readonly registry: Registry;
  readonly store: ContentStore;
  readonly index: IndexWriter;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes what became final into the index: one transaction for each block that holds something (as a rule one batch) with the
 * cursor behind it, so that what was done stays done, and one for the final block. From a batch whose delta Swarm lacks on, it
 * takes the whole CAT of the last one instead.
 * @returns how many batches came in
 * @throws CatnixError as {@link takeBatch} and {@link takeWhole}; RPC_UNAVAILABLE, RPC_ANSWER_INVALID; INDEX_MOVED,
 * DATABASE_FAILED; the reason of an aborted signal; the blocks before stay in
 */
export async function takeIn({ blocks, final, position }: Look, options: TakeInOptions): Promise<number> {
  const { index, log, signal } = options;
  let batches = 0;
  for (const [at, block] of blocks.entries()) {
    signal?.throwIfAborted();
    try {
      batches += await takeBlocks([block], final, takeEach, options);
    } catch (error) {
      if (!isCatnixError(error, "SWARM_NOT_FOUND")) throw error;
      log.warn({ block: block.block, code: error.code }, `${error.message}; trying the last batch's whole CAT instead`);
      batches += await takeBlocks(blocks.slice(at), final, takeWhole, options);
      break;
    }
  }
  const cursor = index.cursor();
  if (position !== undefined && final.number > (cursor?.block ?? -1)) {
    const next = { ...position, cat: cursor?.cat ?? EMPTY_CAT, block: final.number, blockHash: final.hash };
    index.commit(cursor, { batches: [], withdrawals: [], cursor: next });
  }
  return batches;
}

/** In one transaction. */
async function takeBlocks(
  blocks: readonly BlockEvents[],
  final: BlockMark,
  take: typeof takeEach | typeof takeWhole,
  { registry, index, store, log, signal }: TakeInOptions,
): Promise<number> {
  const { block, position } = blocks.at(-1)!;
  const { hash } = block === final.number ? final : await readBlock(registry.chain, block);
  const from = index.cursor();
  const events = blocks.flatMap(({ batches }) => batches);
  const findChunk = (address: string) => index.findChunk(address);
  const findRow = (nixId: Uint8Array) => index.findRow(nixId);
  const saveRecords: TakeBatchOptions["saveRecords"] = (records) => index.saveRecords(records);
  const start = { seq: from?.seq ?? 0, cat: from?.cat ?? EMPTY_CAT };
  const options = { store, storeDir: index.storeDir, findChunk, findRow, saveRecords, log, signal };
  const taken = events.length === 0 ? [] : await take(start, events, options);
  const last = events.at(-1)?.batch;
  const cat = last ? { root: last.root, depth: last.depth } : start.cat;
  const withdrawals = blocks.flatMap(({ alarms }) => alarms);
  index.commit(from, { batches: taken, withdrawals, cursor: { ...position, cat, block, blockHash: hash } });
  for (const { batch, missing } of taken)
    log.info({ seq: batch.seq, root: batch.root, rows: batch.rows, missing: missing.length }, "a batch is in");
  return taken.length;
}

/** By their deltas, one after the other. */
async function takeEach(
  start: { cat: Cat },
  events: readonly BatchEvent[],
  options: TakeBatchOptions,
): Promise<AppliedBatch[]> {
  let { cat } = start;
  const taken: AppliedBatch[] = [];
  // Chunks that a batch of this block made are not in the index yet.
  const made = new Map<string, Uint8Array>();
  const findChunk = (address: string) => made.get(address) ?? options.findChunk(address);
  for (const event of events) {
    const batch = await takeBatch(event, cat, { ...options, findChunk });
    for (const { address, data } of batch.chunks) made.set(address, data);
    cat = { root: batch.batch.root, depth: batch.batch.depth };
    taken.push(batch);
  }
  return taken;
}
