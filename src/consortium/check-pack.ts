import { fileAddress } from "../bmt/file-hasher.js";
import { type Batch, NO_PACK } from "../cat/batch.js";
import { decodePack } from "../cat/pack.js";
import { MAX_RECORD_SIZE } from "../cat/record.js";
import { isTombstone, type Row } from "../cat/row.js";
import { equalBytes } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { ContentStore } from "../swarm/content-store.js";

/**
 * Followers read the records in bulk: those in the pack have to be the delta's (docs/spec.md, Delta and pack). Holds one
 * record at a time.
 * @throws CatnixError CAT_PACK_INVALID, and what the store throws
 */
export async function checkPack(
  batch: Batch,
  delta: readonly Row[],
  store: ContentStore,
  signal: AbortSignal,
): Promise<void> {
  const wanted = delta.filter((row) => !isTombstone(row));
  if (wanted.length === 0) {
    if (batch.pack !== NO_PACK) throw new CatnixError("CAT_PACK_INVALID", { reason: "there are no records" });
    return;
  }
  const { body } = await store.read(batch.pack, { maxBytes: wanted.length * MAX_RECORD_SIZE, signal });
  let at = 0;
  for await (const record of decodePack(body, wanted.length)) {
    const { swarmId } = wanted[at++]!;
    if (!equalBytes(fileAddress(record), swarmId))
      throw new CatnixError("CAT_PACK_INVALID", { reason: `its record ${at} is not the one of the delta` });
  }
}
