import type { Batch } from "../cat/batch.js";
import { decodeRecord } from "../cat/record.js";
import { isTombstone, type Row } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { AppliedBatch, IndexedRecord } from "../index/index-writer.js";
import type { Logger } from "../log/logger.js";
import type { ContentStore } from "../swarm/content-store.js";
import { type Content, readRecords } from "./read-records.js";

export interface TakeRecordsOptions {
  readonly store: ContentStore;
  readonly storeDir: string;
  /** Keeps records before their batch is in. */
  readonly saveRecords: (records: ReadonlyMap<string, IndexedRecord>) => void;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
}

/** Some megabytes, as records are. */
const RECORDS_HELD = 4096;

/**
 * Fetches the records of rows and checks each. One that is none, or one of another path, is reported and left out
 * (docs/spec.md, Record). One that Swarm does not have now is noted: its path alone goes without an answer until it is there.
 * @throws CatnixError `SWARM_…` where Swarm as a whole does not answer; the reason of an aborted signal
 */
export async function takeRecords(
  batch: Pick<Batch, "seq" | "pack">,
  rows: readonly Row[],
  { store, storeDir, saveRecords, log, signal }: TakeRecordsOptions,
): Promise<Pick<AppliedBatch, "records" | "missing">> {
  const records = new Map<string, IndexedRecord>();
  const missing: Uint8Array[] = [];
  const take = (row: Row, content: Content) => {
    if (content === "missing") {
      missing.push(row.swarmId);
      return;
    }
    const record = checkContent(row, content, storeDir, log);
    if (record) records.set(toHex(row.swarmId), record);
    if (records.size < RECORDS_HELD) return;
    saveRecords(records);
    records.clear();
  };
  const wanted = rows.filter((row) => !isTombstone(row));
  await readRecords(store, batch, wanted, take, { log, signal });
  if (missing.length > 0)
    log.warn({ seq: batch.seq, missing: missing.length }, "Swarm lacks approved records; they are asked for again");
  return { records, missing };
}

/** @returns undefined, and says so in the log, where the content is no record of the row's path */
export function checkContent(
  row: Row,
  content: Uint8Array | "too large",
  storeDir: string,
  log: Logger,
): IndexedRecord | undefined {
  try {
    if (content === "too large") throw new CatnixError("CAT_RECORD_INVALID", { reason: "it is too large" });
    const { narAddress } = decodeRecord(content, row.nixId, storeDir);
    return { nar: narAddress, text: Buffer.from(content).toString() };
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    const { code, message, hint } = error;
    const [nixId, swarmId] = [toHex(row.nixId), toHex(row.swarmId)];
    log.error({ seq: row.seq, nixId, swarmId, code, hint }, `an approved record: ${message}`);
    return undefined;
  }
}
