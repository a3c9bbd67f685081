import { fileAddress } from "../bmt/file-hasher.js";
import { verifyChunk } from "../bmt/chunk.js";
import { type CatRecord, decodeRecord } from "../cat/record.js";
import type { Row } from "../cat/row.js";
import type { GetChunk } from "../cat/tree.js";
import { equalBytes } from "../encoding/bytes.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { isCatnixError } from "../errors/catnix-error.js";
import type { IndexReader } from "../index/index-reader.js";
import { parseStorePath } from "../nix/store-path.js";
import { type AskedPath, requireSameName } from "../resolver/asked-path.js";
import { keepChunks } from "../resolver/keep-chunks.js";
import { readRecord } from "../resolver/read-record.js";
import { resolveNixId } from "../resolver/resolve-nix-id.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { Translation } from "../verifier/path-check.js";
import type { OpenedView } from "./open-view.js";

/** What a record that is of no use fails with; anything else is no answer at all. */
const OF_NO_USE = [
  "SWARM_NOT_FOUND",
  "SWARM_TOO_LARGE",
  "SWARM_MISMATCH",
  "SWARM_TRUNCATED",
  "SWARM_CHUNK_INVALID",
  "CAT_RECORD_INVALID",
  "CAT_RECORD_OF_ANOTHER_PATH",
  "PATH_NAMED_OTHERWISE",
] as const;

/**
 * What a registry says of store paths, one after another: proved up to the view's root. A local index only spares requests to
 * Swarm: every chunk and record that it gives is hashed, and asked of Swarm where it is not what it should be.
 */
export function openTranslator(
  { view, index }: Pick<OpenedView, "view" | "index">,
  store: ContentStore,
  storeDir: string,
): (storePath: string, signal: AbortSignal) => Promise<Translation> {
  const fromSwarm = (signal: AbortSignal) => keepChunks((address) => store.getChunk(address, { signal }));
  let getChunk: GetChunk | undefined;
  return async (storePath, signal) => {
    // The signal is the same for all paths that are checked together.
    getChunk ??= index ? fromIndex(index, fromSwarm(signal)) : fromSwarm(signal);
    const { nixId, baseName } = parseStorePath(storePath, storeDir);
    const resolution = await resolveNixId(view, nixId, getChunk);
    if (resolution.status === "unknown") return { status: "unknown" };
    const { row } = resolution.proof;
    const { seq } = row;
    if (resolution.status === "withdrawn") {
      const { by } = resolution;
      const reason = by === "guardian" ? await view.findReason(row, resolution.withdrawal) : undefined;
      return { status: "withdrawn", by, seq, reason };
    }
    const swarmId = toHex(row.swarmId);
    const asked = { nixId, baseName, text: storePath };
    try {
      const known = index && findRecord(index, row, asked, storeDir);
      const record = known ?? (await readRecord(row, asked, { store, storeDir, signal })).record;
      return { status: "approved", seq, swarmId, record };
    } catch (error) {
      if (!isCatnixError(error, ...OF_NO_USE)) throw error;
      return { status: "unreadable", seq, swarmId, reason: error.message };
    }
  };
}

function fromIndex(index: IndexReader, getChunk: GetChunk): GetChunk {
  return async (address) => {
    const found = index.findChunk(address);
    if (!found) return getChunk(address);
    try {
      return verifyChunk(fromHex(address, 32), found);
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      return getChunk(address);
    }
  };
}

/** The record as the index has it, where that is the one that `swarmId` addresses. */
function findRecord(index: IndexReader, row: Row, asked: AskedPath, storeDir: string): CatRecord | undefined {
  const text = index.findText(toHex(row.swarmId));
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text);
  if (!equalBytes(fileAddress(bytes), row.swarmId)) return undefined;
  const record = decodeRecord(bytes, row.nixId, storeDir);
  requireSameName(asked, record.storePath);
  return record;
}
