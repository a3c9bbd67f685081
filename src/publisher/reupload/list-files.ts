import { verifyChunk } from "../../bmt/chunk.js";
import { fileAddress } from "../../bmt/file-hasher.js";
import { NO_PACK, type Batch } from "../../cat/batch.js";
import { type CatRecord, decodeRecord, MAX_RECORD_SIZE } from "../../cat/record.js";
import { isTombstone, type Row } from "../../cat/row.js";
import type { GetChunk } from "../../cat/tree.js";
import { fromHex, toHex } from "../../encoding/hex.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import type { ContentStore } from "../../swarm/content-store.js";
import type { FileToKeep } from "./keep-file.js";
import type { LocalCopies } from "./local-copies.js";

export interface ListOptions {
  readonly store: ContentStore;
  readonly copies: LocalCopies;
  /** The one store folder of the registry. */
  readonly storeDir: string;
  readonly signal: AbortSignal;
}

/** Lists what rows of the CAT lead to: each record, its listing and its NAR file. */
export async function* listFiles(
  rows: AsyncIterable<Row> | Iterable<Row>,
  options: ListOptions,
): AsyncGenerator<FileToKeep> {
  const { copies } = options;
  for await (const row of rows) {
    if (isTombstone(row)) continue;
    const address = toHex(row.swarmId);
    const record = await findRecord(row, options);
    const { storePath, references } = record ?? {};
    yield { address, what: "record", storePath, references, copies: copies.makeRecord(address) };
    if (record === undefined) continue; // nobody knows what it leads to
    const { listing, narAddress } = record;
    if (listing !== undefined)
      yield { address: listing, what: "listing", storePath, copies: copies.makeListing(record) };
    yield { address: narAddress, what: "nar", storePath, copies: copies.makeNar(record) };
  }
}

/** What a batch itself put on Swarm, beside the CAT. */
export function* listBatchFiles({ seq, delta, pack }: Batch, copies: LocalCopies): Generator<FileToKeep> {
  yield { address: delta, what: "delta", copies: copies.makeDelta(seq) };
  if (pack !== NO_PACK) yield { address: pack, what: "pack", copies: [] };
}

/**
 * Reads chunks of the CAT, those that the network has lost from the disk where they are there.
 * @param send told of each that the network has lost, once
 * @param all whether to tell also of what is there
 */
export function repairingGetChunk(
  { store, copies, signal }: ListOptions,
  send: (address: string, data: Uint8Array) => Promise<void>,
  all: boolean,
): GetChunk {
  const sent = new Set<string>();
  const sendOnce = async (address: string, data: Uint8Array) => {
    if (sent.has(address)) return;
    sent.add(address);
    await send(address, data);
  };
  return async (address) => {
    try {
      const data = await store.getChunk(address, { signal });
      if (all) await sendOnce(address, data);
      return data;
    } catch (error) {
      const copy = copies.findChunk(address);
      const isLost = isCatnixError(error, "SWARM_NOT_FOUND", "SWARM_MISMATCH", "SWARM_CHUNK_INVALID");
      if (copy === undefined || !isLost) throw error;
      const data = verifyChunk(fromHex(address, 32), copy);
      await sendOnce(address, data);
      return data;
    }
  };
}

/** From Swarm, else from the disk; undefined where neither has it, or where it is no record of that path. */
async function findRecord(row: Row, { store, copies, storeDir, signal }: ListOptions): Promise<CatRecord | undefined> {
  const swarmId = toHex(row.swarmId);
  const texts = async function* () {
    try {
      yield await store.readAll(swarmId, MAX_RECORD_SIZE, { signal });
    } catch (error) {
      if (!isCatnixError(error, "SWARM_NOT_FOUND", "SWARM_TRUNCATED", "SWARM_MISMATCH", "SWARM_TOO_LARGE")) throw error;
    }
    for (const text of copies.findRecords(swarmId)) yield Buffer.from(text);
  };
  for await (const text of texts()) {
    if (toHex(fileAddress(text)) !== swarmId) continue;
    try {
      return decodeRecord(text, row.nixId, storeDir);
    } catch (error) {
      // What was approved and is no record is nothing to anybody (docs/spec.md, Record): its bytes are kept all the same.
      if (!isCatnixError(error, "CAT_RECORD_INVALID", "CAT_RECORD_OF_ANOTHER_PATH")) throw error;
      return undefined;
    }
  }
  return undefined;
}
