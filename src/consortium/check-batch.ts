import { createHash } from "node:crypto";
import { runParallel } from "../async/run-parallel.js";
import { applyDelta, checkGrowth } from "../cat/apply.js";
import { type Batch, batchDigest, type RegistryId } from "../cat/batch.js";
import { type HeldRecord, HeldRecords } from "../cat/held-records.js";
import type { CatRecord } from "../cat/record.js";
import { isTombstone, type Row } from "../cat/row.js";
import { type Cat, describeCat, type GetChunk } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";
import { checkChunks } from "./check-chunks.js";
import { checkClosure, type ClosureOptions } from "./check-closure.js";
import { checkNarOf } from "./check-nar.js";
import type { CheckedBuilds } from "./checked-builds.js";
import { checkPack } from "./check-pack.js";
import { type BrokenReferrer, findBrokenReferrers } from "./find-broken-referrers.js";
import { readDelta } from "./read-delta.js";
import { RecordReader } from "./record-reader.js";
import { requireSignable } from "./signable.js";
import { Withdrawals } from "./withdrawals.js";

export { MAX_DEADLINE_SECONDS } from "./signable.js";

/** One row of a checked delta, as a person reads it. */
export type CheckedRow =
  | {
      readonly kind: "added" | "changed";
      readonly row: Row;
      /** What the row leads to. */
      readonly held: HeldRecord;
      /** What the path translated to before, where it changes; absent where that is no readable record. */
      readonly previous?: HeldRecord;
    }
  | {
      readonly kind: "withdrawn";
      readonly row: Row;
      /** What the path translated to before; absent where that is no readable record. */
      readonly held?: HeldRecord;
    };

/** A batch all of whose bytes were fetched and held against its hashes. */
export interface CheckedBatch {
  readonly registry: RegistryId;
  readonly batch: Batch;
  readonly digest: string;
  readonly parent: Cat;
  readonly rows: readonly CheckedRow[];
  /** Live paths that would lose a reference: signed only where the withdrawn path is named. */
  readonly brokenReferrers: readonly BrokenReferrer[];
  /** The alarms' head at the check: an alarm since then voids it. */
  readonly alarmHead: string;
  readonly narsChecked: boolean;
  /** Of the NARs, how many an earlier check had fetched. */
  readonly narsCheckedBefore: number;
}

export interface CheckOptions {
  readonly registry: Registry;
  /** A node other than the publisher's, where there is one. */
  readonly store: ContentStore;
  readonly storeDir: string;
  /** What was checked before need not be fetched again, and what is checked now is added. */
  readonly checkedBuilds?: CheckedBuilds | undefined;
  /** Fetches also what was checked before. */
  readonly recheck?: boolean | undefined;
  /** Called as NARs are checked. */
  readonly onProgress?: (progress: { checked: number; of: number; storePath: string }) => void;
  readonly signal?: AbortSignal | undefined;
  /** Looks at everything but the NARs: to show a batch, never to sign it. */
  readonly skipNars?: boolean;
}

const PARALLEL_RECORDS = 8;
const PARALLEL_NARS = 2;
/** Bytes of all records together, which are held until the batch is shown. */
const MAX_RECORDS_SIZE = 512 << 20;

const checkedHere = new WeakSet<CheckedBatch>();

/** Whether {@link checkBatch} itself made this: what looks like it is not enough to sign. */
export function isCheckedHere(checked: CheckedBatch): boolean {
  return checkedHere.has(checked);
}

/**
 * Does what an approval states (docs/spec.md, What an approval says): fetches delta, pack, records, the CAT's new chunks and
 * NARs, recomputes the root from the registry's own, checks the closure rule. Nothing is rebuilt. When it rejects, nothing is
 * under way any more.
 * @throws CatnixError BATCH_STALE, BATCH_DEADLINE, CAT_…, NAR_FILE_INVALID, and what chain and store throw; the signal's reason
 */
export async function checkBatch(given: Batch, options: CheckOptions): Promise<CheckedBatch> {
  const stopped = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopped.signal]) : stopped.signal;
  signal.throwIfAborted();
  try {
    // A copy: what is signed is what was checked, whatever becomes of the caller's object.
    return await check(Object.freeze({ ...given }), options, signal);
  } finally {
    stopped.abort();
  }
}

async function check(batch: Batch, options: CheckOptions, signal: AbortSignal): Promise<CheckedBatch> {
  const { registry, store, storeDir, skipNars = false } = options;
  const state = await registry.state();
  requireSignable(batch, state, Date.now() / 1000);
  const withdrawals = await Withdrawals.open(registry, state.seq);
  const delta = await readDelta(batch, store, signal);
  const getChunk: GetChunk = (address) => store.getChunk(address, { signal });
  const update = await applyDelta(state.cat, delta, getChunk);
  if (update.cat.root !== batch.root || update.cat.depth !== batch.depth)
    throw new CatnixError("CAT_ROOT_MISMATCH", {
      seq: batch.seq,
      expected: describeCat(batch),
      actual: describeCat(update.cat),
    });
  checkGrowth(state.cat, update);

  const records = new RecordReader(store, storeDir);
  const rows = await describeRows(delta, update.replaced, { records, withdrawals, signal });
  await checkPack(batch, delta, store, signal);
  await checkChunks(update, store, signal);
  const fresh = new Map(update.chunks.map(({ address, data }) => [address, data]));
  const getNewChunk: GetChunk = async (address) => fresh.get(address) ?? (await getChunk(address));
  const closure: ClosureOptions = { cat: update.cat, getChunk: getNewChunk, records, withdrawals, signal };
  const byId = new Map(rows.map((checked) => [toHex(checked.row.nixId), checked]));
  await checkClosure(byId, closure);
  const brokenReferrers = await findBrokenReferrers(byId, closure);
  const narsCheckedBefore = skipNars ? 0 : await checkNars(rows, options, signal);

  const digest = batchDigest(registry.id, batch);
  const { alarmHead } = withdrawals;
  const checked: CheckedBatch = {
    registry: registry.id,
    batch,
    digest,
    parent: state.cat,
    rows,
    brokenReferrers,
    alarmHead,
    narsChecked: !skipNars,
    narsCheckedBefore,
  };
  checkedHere.add(Object.freeze(checked));
  return checked;
}

interface DescribeOptions {
  readonly records: RecordReader;
  readonly withdrawals: Withdrawals;
  readonly signal: AbortSignal;
}

async function describeRows(
  delta: readonly Row[],
  replacedRows: ReadonlyMap<string, Row>,
  { records, withdrawals, signal: outer }: DescribeOptions,
): Promise<CheckedRow[]> {
  const rows: CheckedRow[] = [];
  const all = new HeldRecords(records.storeDir);
  let bytes = 0;
  const describe = async (row: Row, signal: AbortSignal): Promise<CheckedRow> => {
    const old = replacedRows.get(toHex(row.nixId));
    const live = old && !isTombstone(old) ? old : undefined;
    if (isTombstone(row) && !live) throw new CatnixError("CAT_TOMBSTONE_UNKNOWN", { nixId: toHex(row.nixId) });
    const replaced = live && (await records.readReplaced(live, signal));
    const previous = replaced && all.add(replaced);
    if (isTombstone(row)) return { kind: "withdrawn", row, ...(previous && { held: previous }) };
    const { record, text } = await records.read(row, signal);
    if ((bytes += text.length) > MAX_RECORDS_SIZE)
      throw new CatnixError("CAT_DELTA_INVALID", { reason: `its records have more than ${MAX_RECORDS_SIZE} bytes` });
    const through = await withdrawals.through(row.swarmId);
    if (through >= row.seq)
      throw new CatnixError("CAT_WITHDRAWN_BUILD", { storePath: record.storePath, through, seq: row.seq });
    const held = all.add(record, { text, swarmId: row.swarmId });
    return { kind: live ? "changed" : "added", row, held, ...(previous && { previous }) };
  };
  await runParallel(delta.entries(), PARALLEL_RECORDS, outer, async ([at, row], signal) => {
    rows[at] = await describe(row, signal);
  });
  return rows;
}

/** @returns how many need not be fetched, because they were checked before */
async function checkNars(
  rows: readonly CheckedRow[],
  { store, checkedBuilds, recheck = false, onProgress }: CheckOptions,
  outer: AbortSignal,
): Promise<number> {
  const builds = rows.filter((row) => row.kind !== "withdrawn");
  const fresh = builds.filter(({ row }) => recheck || !checkedBuilds?.has(row));
  const before = builds.length - fresh.length;
  // Builds that are equal to the byte share a file: what several records say alike of it is checked once.
  const alike = Map.groupBy(fresh, ({ held }) => claimsOf(held.record));
  let checked = before;
  await runParallel(alike.values(), PARALLEL_NARS, outer, async (same, signal) => {
    await checkNarOf(same[0]!.held.record, store, signal);
    for (const { row, held } of same) {
      checkedBuilds?.add(row, Date.now());
      onProgress?.({ checked: ++checked, of: builds.length, storePath: held.storePath });
    }
  });
  return before;
}

/** All that {@link checkNarOf} holds a NAR to, as a hash: a tenth of the room. */
function claimsOf({ narAddress, compression, fileHash, fileSize, narHash, narSize, listing }: CatRecord): string {
  const claims = [narAddress, compression, fileHash, fileSize, narHash, narSize, listing].join();
  return createHash("sha256").update(claims).digest("base64");
}
