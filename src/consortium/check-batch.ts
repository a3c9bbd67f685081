import pLimit from "p-limit";
import { fileAddress } from "../bmt/file-hasher.js";
import { applyDelta, checkGrowth } from "../cat/apply.js";
import { type Batch, batchDigest, NO_PACK } from "../cat/batch.js";
import { decodeDelta } from "../cat/delta.js";
import { lookupRow } from "../cat/lookup.js";
import { decodePack } from "../cat/pack.js";
import { type CatRecord, decodeRecord, MAX_RECORD_SIZE } from "../cat/record.js";
import { isTombstone, ROW_SIZE, type Row } from "../cat/row.js";
import type { Cat, GetChunk } from "../cat/tree.js";
import { equalBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { parseBaseName } from "../nix/store-path.js";
import type { Registry, RegistryState } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";
import { checkNarOf } from "./check-nar.js";

/** One row of a checked delta, as a person reads it. */
export interface CheckedRow {
  readonly kind: "added" | "changed" | "withdrawn";
  readonly row: Row;
  /** What the row leads to; of a withdrawn path what it led to. */
  readonly record: CatRecord;
  /** What the path translated to before, where it changes. */
  readonly previous?: CatRecord;
}

/** A batch all of whose bytes were fetched and held against its hashes. */
export interface CheckedBatch {
  readonly batch: Batch;
  readonly digest: string;
  readonly parent: Cat;
  readonly rows: readonly CheckedRow[];
  readonly narsChecked: boolean;
}

export interface CheckOptions {
  readonly registry: Registry;
  /** A node other than the publisher's, where there is one. */
  readonly store: ContentStore;
  readonly storeDir: string;
  /** Called as NARs are checked. */
  readonly onProgress?: (progress: { checked: number; of: number; storePath: string }) => void;
  readonly signal?: AbortSignal | undefined;
  /** Looks at everything but the NARs: to show a batch, never to sign it. */
  readonly skipNars?: boolean;
}

/** No signing tool accepts a deadline that is further away, in seconds (docs/spec.md, What an approval says). */
export const MAX_DEADLINE_SECONDS = 7 * 24 * 60 * 60;
const PARALLEL = 8;
/** No honest delta has more rows: 64 MiB. */
const MAX_DELTA_ROWS = 1 << 20;

/**
 * Does what an approval states (docs/spec.md, What an approval says): fetches delta, pack, records and NARs, recomputes the
 * root from the registry's own, checks the closure rule. Nothing is rebuilt.
 * @throws CatnixError BATCH_STALE, BATCH_DEADLINE, CAT_…, NAR_FILE_INVALID, and what chain and store throw
 */
export async function checkBatch(batch: Batch, options: CheckOptions): Promise<CheckedBatch> {
  const { registry, store } = options;
  checkDeadline(batch, Date.now() / 1000);
  const state = await registry.state();
  requireNext(batch, state);
  const delta = await readDelta(batch, store);
  const getChunk: GetChunk = (address) => store.getChunk(address);
  const update = await applyDelta(state.cat, delta, getChunk);
  if (update.cat.root !== batch.root || update.cat.depth !== batch.depth)
    throw new CatnixError("CAT_ROOT_MISMATCH", { seq: batch.seq, expected: batch.root, actual: update.cat.root });
  checkGrowth(state.cat, update);

  const limit = pLimit(PARALLEL);
  const rows = await Promise.all(
    delta.map((row) => limit(() => describeRow(row, update.replaced.get(toHex(row.nixId)), options))),
  );
  await checkPack(batch, delta, store);
  const fresh = new Map(update.chunks.map(({ address, data }) => [address, data]));
  const getNewChunk: GetChunk = async (address) => fresh.get(address) ?? (await store.getChunk(address));
  await checkClosure(rows, batch.seq, (nixId) => lookupRow(update.cat, nixId, getNewChunk), registry);
  if (!options.skipNars) await checkNars(rows, options);
  const narsChecked = !options.skipNars;
  return { batch, digest: batchDigest(registry.id, batch), parent: state.cat, rows, narsChecked };
}

function checkDeadline({ deadline }: Batch, now: number): void {
  const say = (reason: string) => {
    const date = new Date(deadline * 1000);
    const text = Number.isNaN(date.getTime()) ? String(deadline) : date.toISOString();
    return new CatnixError("BATCH_DEADLINE", { deadline: text, reason });
  };
  if (deadline <= now) throw say("past");
  if (deadline > now + MAX_DEADLINE_SECONDS) throw say("more than seven days away");
}

function requireNext({ seq, parent }: Batch, state: RegistryState): void {
  if (parent !== state.head || seq !== state.seq + 1)
    throw new CatnixError("BATCH_STALE", { seq, parent, expected: state.head, current: state.seq });
}

async function readDelta(batch: Batch, store: ContentStore): Promise<Row[]> {
  if (batch.rows > MAX_DELTA_ROWS)
    throw new CatnixError("CAT_DELTA_INVALID", { reason: `${batch.rows} rows are more than ${MAX_DELTA_ROWS}` });
  return decodeDelta(await store.readAll(batch.delta, batch.rows * ROW_SIZE), batch);
}

async function readRecord(row: Row, { store, storeDir }: CheckOptions): Promise<CatRecord> {
  return decodeRecord(await store.readAll(toHex(row.swarmId), MAX_RECORD_SIZE), row.nixId, storeDir);
}

async function describeRow(row: Row, replaced: Row | undefined, options: CheckOptions): Promise<CheckedRow> {
  const before = replaced && !isTombstone(replaced) ? await readRecord(replaced, options) : undefined;
  if (isTombstone(row)) {
    if (!before) throw new CatnixError("CAT_TOMBSTONE_UNKNOWN", { nixId: toHex(row.nixId) });
    return { kind: "withdrawn", row, record: before };
  }
  const record = await readRecord(row, options);
  const through = await options.registry.withdrawnThrough(row.swarmId);
  if (through >= row.seq)
    throw new CatnixError("CAT_WITHDRAWN_BUILD", { storePath: record.storePath, through, seq: row.seq });
  return { kind: before ? "changed" : "added", row, record, ...(before && { previous: before }) };
}

/** Followers read the records in bulk: those in the pack have to be the delta's. */
async function checkPack(batch: Batch, delta: readonly Row[], store: ContentStore): Promise<void> {
  const wanted = delta.filter((row) => !isTombstone(row));
  if (wanted.length === 0) {
    if (batch.pack !== NO_PACK) throw new CatnixError("CAT_PACK_INVALID", { reason: "there are no records" });
    return;
  }
  const { body } = await store.read(batch.pack, { maxBytes: wanted.length * MAX_RECORD_SIZE });
  let at = 0;
  for await (const record of decodePack(body, wanted.length)) {
    const { swarmId } = wanted[at++]!;
    if (!equalBytes(fileAddress(record), swarmId))
      throw new CatnixError("CAT_PACK_INVALID", { reason: `its record ${at} is not the one of the delta` });
  }
}

async function checkClosure(
  rows: readonly CheckedRow[],
  seq: number,
  lookup: (nixId: Uint8Array) => Promise<Row | undefined>,
  registry: Registry,
): Promise<void> {
  const verdicts = new Map<string, Promise<boolean>>();
  const isLive = async (nixId: Uint8Array): Promise<boolean> => {
    const row = await lookup(nixId);
    if (!row || isTombstone(row)) return false;
    // Rows of this batch were held against withdrawals above; the contract knows nothing of a batch to come.
    return row.seq === seq || !(await registry.isWithdrawn(row));
  };
  for (const { kind, record } of rows) {
    if (kind === "withdrawn") continue;
    for (const reference of record.references) {
      const { nixId } = parseBaseName(reference);
      const key = toHex(nixId);
      const verdict = verdicts.get(key) ?? isLive(nixId);
      verdicts.set(key, verdict);
      if (!(await verdict)) throw new CatnixError("CAT_CLOSURE_BROKEN", { storePath: record.storePath, reference });
    }
  }
}

async function checkNars(rows: readonly CheckedRow[], { store, onProgress, signal }: CheckOptions): Promise<void> {
  const limit = pLimit(PARALLEL / 4);
  const records = rows.filter(({ kind }) => kind !== "withdrawn").map(({ record }) => record);
  let checked = 0;
  await Promise.all(
    records.map((record) =>
      limit(async () => {
        signal?.throwIfAborted();
        await checkNarOf(record, store, signal);
        onProgress?.({ checked: ++checked, of: records.length, storePath: record.storePath });
      }),
    ),
  );
}
