import { type CatRecord, decodeRecord, MAX_RECORD_SIZE } from "../cat/record.js";
import type { Row } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { ContentStore } from "../swarm/content-store.js";
import { type AskedPath, requireSameName } from "./asked-path.js";
import type { RegistryView } from "./registry-view.js";
import type { Resolution } from "./resolve-nix-id.js";

export interface RecordSource {
  readonly store: ContentStore;
  readonly storeDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** A record as Swarm has it. */
export interface ReadRecord {
  readonly record: CatRecord;
  /** The canonical text. */
  readonly text: string;
}

/**
 * Reads the record of an approved row.
 * @throws CatnixError CAT_RECORD_INVALID, CAT_RECORD_OF_ANOTHER_PATH, PATH_NAMED_OTHERWISE, and what the store throws
 */
export async function readRecord(row: Row, asked: AskedPath, source: RecordSource): Promise<ReadRecord> {
  const { store, storeDir, signal } = source;
  const bytes = await store.readAll(toHex(row.swarmId), MAX_RECORD_SIZE, { signal });
  const record = decodeRecord(bytes, row.nixId, storeDir);
  requireSameName(asked, record.storePath);
  return { record, text: Buffer.from(bytes).toString() };
}

/**
 * The row of what is approved.
 * @throws CatnixError CAT_PATH_UNKNOWN, CAT_PATH_WITHDRAWN where it is not; what `view` throws
 */
export async function requireApproved(resolution: Resolution, asked: AskedPath, view: RegistryView): Promise<Row> {
  const path = asked.text;
  if (resolution.status === "unknown") throw new CatnixError("CAT_PATH_UNKNOWN", { path, seq: view.seq });
  const { row } = resolution.proof;
  if (resolution.status === "approved") return row;
  if (resolution.by === "quorum") throw new CatnixError("CAT_PATH_WITHDRAWN", { path, by: `batch ${row.seq}` });
  const reason = await view.findReason(row, resolution.withdrawal);
  throw new CatnixError("CAT_PATH_WITHDRAWN", { path, by: "the guardian", reason });
}
