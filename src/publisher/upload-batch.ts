import { runParallel } from "../async/run-parallel.js";
import { applyDelta, checkGrowth } from "../cat/apply.js";
import { type Batch, NO_PACK } from "../cat/batch.js";
import { encodeDelta } from "../cat/delta.js";
import type { HeldRecord } from "../cat/held-records.js";
import { encodePack } from "../cat/pack.js";
import type { Row } from "../cat/row.js";
import type { Cat, CatChunk } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import type { ContentStore } from "../swarm/content-store.js";
import { checkDelta, type LiveState } from "./check-delta.js";
import { type DeltaEntry, makeDelta } from "./make-delta.js";
import { type RetryOptions, retryUpload } from "./retry-upload.js";

/** What a batch is made of. */
export interface BatchContent extends LiveState {
  /** The CAT at the registry's root. */
  readonly parent: Cat;
  /** The registry's next act. */
  readonly seq: number;
  /** To list; each is on Swarm already, with its NAR. */
  readonly records: readonly HeldRecord[];
  readonly tombstones: readonly Tombstone[];
}

/** A path to withdraw. */
export interface Tombstone {
  /** 20 bytes. */
  readonly nixId: Uint8Array;
  /** Whether somebody named this path to withdraw it although live paths refer to it. */
  readonly force?: boolean;
}

export interface UploadedBatch {
  /** What the batch says of its content; `seq`, `parent` and `deadline` are the caller's. */
  readonly fields: Pick<Batch, "root" | "depth" | "delta" | "rows" | "pack">;
  /** The delta, ascending by `nixId`. */
  readonly delta: readonly Row[];
  /** The parent's rows that the delta replaces, by `nixId` in hexadecimal. */
  readonly replaced: ReadonlyMap<string, Row>;
  /** Chunks of the CAT that its parent lacks. */
  readonly chunksNew: number;
  /** Addresses of those chunks, 64 hex digits each; the root's is the last. */
  readonly chunks: readonly string[];
  /** Bytes sent: the delta, the pack and those chunks with their spans. */
  readonly bytes: number;
}

export interface UploadBatchOptions extends Partial<RetryOptions> {
  readonly store: ContentStore;
}

const PARALLEL_CHUNKS = 16;
const RETRIES = 2;

/**
 * Makes a batch of records and tombstones, holds it to the rules that signers hold it to, and uploads its delta, its pack and
 * the new chunks of its CAT. The CAT's root goes last: whoever finds it finds all of it. Doing it again is safe.
 * @throws CatnixError CAT_DELTA_INVALID, CAT_TOMBSTONE_UNKNOWN, CAT_TOMBSTONE_REFERENCED,
 * CAT_CLOSURE_BROKEN, CAT_WITHDRAWN_BUILD, CAT_GROWTH_REFUSED, CAT_FULL: nothing was sent then; CAT_TREE_INVALID and the
 * like where the parent is no CAT; SWARM_…; what the callbacks throw; and the signal's reason
 */
export async function uploadBatch(
  content: BatchContent,
  { store, retries = RETRIES, onRetry, signal }: UploadBatchOptions,
): Promise<UploadedBatch> {
  const retrying = { retries, onRetry, signal };
  const { parent, seq, records, tombstones } = content;
  const withdrawn = tombstones.map(({ nixId }) => nixId);
  const forced = new Set(tombstones.filter(({ force }) => force).map(({ nixId }) => toHex(nixId)));
  const entries = makeDelta(seq, records, withdrawn);
  const delta = entries.map(({ row }) => row);
  const update = await applyDelta(parent, delta, (address) => store.getChunk(address, { signal }));
  await checkDelta(entries, update.replaced, content, forced);
  checkGrowth(parent, update);

  const deltaFile = await retryUpload(() => store.write(encodeDelta(delta), { signal }), retrying);
  const packFile = await writePack(entries, store, retrying);
  await putChunks(update.chunks, store, retrying);
  return {
    fields: { ...update.cat, delta: deltaFile.address, rows: delta.length, pack: packFile.address },
    delta,
    replaced: update.replaced,
    chunksNew: update.chunks.length,
    chunks: update.chunks.map(({ address }) => address),
    bytes: update.chunks.reduce((sum, { data }) => sum + data.length, deltaFile.size + packFile.size),
  };
}

async function writePack(
  entries: readonly DeltaEntry[],
  store: ContentStore,
  retrying: RetryOptions,
): Promise<{ address: string; size: number }> {
  if (!entries.some(({ held }) => held)) return { address: NO_PACK, size: 0 };
  const texts = function* () {
    for (const { held } of entries) if (held) yield held.text;
  };
  return retryUpload(() => store.write(encodePack(texts()), { signal: retrying.signal }), retrying);
}

/** Puts the last chunk, which is the root, when all others are there. After a failure none is under way. */
async function putChunks(chunks: readonly CatChunk[], store: ContentStore, retrying: RetryOptions): Promise<void> {
  const { signal } = retrying;
  const put = async ({ data }: CatChunk, either = signal) => {
    await retryUpload(() => store.putChunk(data, { signal: either }), { ...retrying, signal: either });
  };
  await runParallel(chunks.slice(0, -1).values(), PARALLEL_CHUNKS, signal, put);
  for (const root of chunks.slice(-1)) await put(root);
}
