import { runParallel } from "../async/run-parallel.js";
import { fileAddress } from "../bmt/file-hasher.js";
import { type Batch, NO_PACK } from "../cat/batch.js";
import { decodePack } from "../cat/pack.js";
import { MAX_RECORD_SIZE } from "../cat/record.js";
import type { Row } from "../cat/row.js";
import { equalBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { Logger } from "../log/logger.js";
import type { ContentStore } from "../swarm/content-store.js";
import { readBounded } from "./read-bounded.js";

const PARALLEL_READS = 16;

/** What a row's `swarmId` leads to: bytes of that address; more of them than a record may have; nothing that Swarm has now. */
export type Content = Uint8Array | "too large" | "missing";

/**
 * Reads the content of each row: from the pack in one go, and what that does not give right, one by one.
 * @param rows those of the delta that are no tombstones, in its order
 * @param take called once for each row, in any order
 * @throws CatnixError as {@link ContentStore.readAll}, but for SWARM_NOT_FOUND; the reason of an aborted signal
 */
export async function readRecords(
  store: ContentStore,
  batch: Pick<Batch, "seq" | "pack">,
  rows: readonly Row[],
  take: (row: Row, content: Content) => void,
  { log, signal }: { log: Logger; signal?: AbortSignal | undefined },
): Promise<void> {
  let taken = 0;
  try {
    if (batch.pack !== NO_PACK)
      for await (const bytes of readPack(store, batch.pack, rows, signal)) take(rows[taken++]!, bytes);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isCatnixError(error)) throw error;
    const { code, message } = error;
    log.warn({ seq: batch.seq, pack: batch.pack, code }, `the pack is of no use, reading records singly: ${message}`);
  }
  await runParallel(rows.slice(taken).values(), PARALLEL_READS, signal, async (row, either) => {
    take(row, await readContent(store, row, either));
  });
}

/**
 * Reads what one row leads to, by itself.
 * @throws CatnixError as {@link ContentStore.readAll}, but for SWARM_NOT_FOUND
 */
export async function readContent(store: ContentStore, row: Row, signal: AbortSignal | undefined): Promise<Content> {
  try {
    return (await readBounded(store, toHex(row.swarmId), MAX_RECORD_SIZE, { signal })) ?? "too large";
  } catch (error) {
    if (isCatnixError(error, "SWARM_NOT_FOUND")) return "missing";
    throw error;
  }
}

/** The records of a pack, as far as they are those of the rows. */
async function* readPack(
  store: ContentStore,
  pack: string,
  rows: readonly Row[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { body } = await store.read(pack, { maxBytes: maxPackSize(rows.length), signal });
  let at = 0;
  for await (const bytes of decodePack(body, rows.length)) {
    if (!equalBytes(fileAddress(bytes), rows[at]!.swarmId))
      throw new CatnixError("CAT_PACK_INVALID", { reason: `its record ${at} is not that of row ${at}` });
    yield bytes;
    at++;
  }
}

/** What no record can make larger: zstd grows what it cannot compress by less than a hundredth. */
function maxPackSize(records: number): number {
  return (records + 1) * (MAX_RECORD_SIZE + (MAX_RECORD_SIZE >> 6));
}
