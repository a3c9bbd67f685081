import { existsSync } from "node:fs";
import type { Batch } from "../cat/batch.js";
import type { HeldRecord } from "../cat/held-records.js";
import { type BatchFile, readBatchFile, writeBatchFile } from "../consortium/batch-file.js";
import { MAX_DEADLINE_SECONDS } from "../consortium/check-batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { type Tombstone, uploadBatch, type UploadedBatch } from "../publisher/upload-batch.js";
import type { RegistryState } from "../registry/registry.js";
import type { Context } from "./context.js";
import type { LiveCat } from "./live-cat.js";
import { readBackDraft, type ReadbackResult } from "./read-back.js";

/** A day less than signing tools accept, so that a draft can wait for its first signature. */
const DEADLINE_SECONDS = MAX_DEADLINE_SECONDS - 24 * 60 * 60;

export interface Draft extends UploadedBatch {
  readonly batch: Batch;
  readonly file: string;
  /** Whether the file held the same batch already, with approvals perhaps. */
  readonly unchanged: boolean;
  /** Undefined where no other node is configured. */
  readonly readback: ReadbackResult | undefined;
}

/**
 * Uploads what a batch needs beyond its records and NARs, reads a sample of all of it back through another node, and writes the
 * draft.
 * @param out the batch file; `batch-<seq>.json` where not given
 * @throws CatnixError FILE_EXISTS where the file holds something else, READBACK_FAILED, and what `uploadBatch` throws
 */
export async function draftBatch(
  context: Context,
  live: LiveCat,
  state: RegistryState,
  content: { records: readonly HeldRecord[]; tombstones: readonly Tombstone[]; out?: string | undefined },
): Promise<Draft> {
  const { records, tombstones } = content;
  const seq = state.seq + 1;
  const file = content.out ?? `batch-${seq}.json`;
  const { isLive, withdrawnThrough, referrersOf } = live;
  const uploaded = await uploadBatch(
    { ...{ parent: state.cat, seq, records, tombstones }, isLive, withdrawnThrough, referrersOf },
    { store: live.store, retries: context.config.publish.retries, signal: context.signal },
  );
  const readback = await readBackDraft(context, records, uploaded);
  const now = Math.floor(Date.now() / 1000);
  const batch: Batch = { seq, parent: state.head, ...uploaded.fields, deadline: now + DEADLINE_SECONDS };
  const found = existsSync(file) ? await readBatchFile(file) : undefined;
  if (found && !isSameBut(found, { registry: live.registry.id, batch, approvals: [] }, now))
    throw new CatnixError("FILE_EXISTS", { file });
  if (!found) await writeBatchFile(file, { registry: live.registry.id, batch, approvals: [] });
  return { ...uploaded, batch: found?.batch ?? batch, file, unchanged: found !== undefined, readback };
}

/** Whether the file is a draft of the same change that can still be signed. */
function isSameBut(found: BatchFile, wanted: BatchFile, now: number): boolean {
  const { deadline } = found.batch;
  const plain = ({ registry, batch }: BatchFile) =>
    JSON.stringify([
      registry.chainId,
      registry.registry,
      batch.seq,
      batch.parent,
      batch.root,
      batch.depth,
      batch.delta,
      batch.rows,
      batch.pack,
    ]);
  return plain(found) === plain(wanted) && deadline > now;
}
