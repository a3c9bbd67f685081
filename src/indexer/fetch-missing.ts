import { isCatnixError } from "../errors/catnix-error.js";
import type { IndexWriter } from "../index/index-writer.js";
import { readContent } from "./read-records.js";
import { checkContent, type TakeRecordsOptions } from "./take-records.js";

/** Rows that one attempt asks for: those that are gone for good cost no more than so many requests. */
const SAMPLE = 64;

/**
 * Asks again for approved records that Swarm did not have. Where Swarm does not answer at all, the attempt ends.
 * @returns how many came in
 * @throws CatnixError DATABASE_FAILED; the reason of an aborted signal
 */
export async function fetchMissing(
  index: IndexWriter,
  { store, storeDir, log, signal }: Omit<TakeRecordsOptions, "saveRecords">,
): Promise<number> {
  let found = 0;
  try {
    for (const row of index.sampleMissingRecords(SAMPLE)) {
      const content = await readContent(store, row, signal);
      if (content === "missing") continue;
      index.settleMissingRecord(row.swarmId, checkContent(row, content, storeDir, log));
      found++;
    }
  } catch (error) {
    if (signal?.aborted || !isCatnixError(error) || !error.code.startsWith("SWARM_")) throw error;
    log.warn({ code: error.code }, `missing records: ${error.message}`);
  }
  if (found > 0) log.info({ found, missing: index.countMissingRecords() }, "records that were missing are in");
  return found;
}
