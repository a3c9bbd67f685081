import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RegistryId } from "../../cat/batch.js";
import type { Config } from "../../config/schema.js";
import { IndexReader } from "../../index/index-reader.js";
import { plural } from "../format.js";
import { type Finding, ok, warn } from "./finding.js";

const CHECK = "index";
/** Blocks behind the final one; four hours of Ethereum. A follower that runs is a few behind. */
const FAR_BEHIND = 1200;

/**
 * Whether there is an index of the registry, and how far it has got. Why it stands still, if it does, is what the relay says.
 * @param finalBlock number of the last block whose batches count, where it is known
 * @throws CatnixError DATABASE_FAILED, INDEX_OF_ANOTHER_REGISTRY
 */
export function checkIndex({ stateDir, storeDir }: Config, id: RegistryId, finalBlock: number | undefined): Finding {
  const file = join(stateDir, "index.sqlite");
  if (!existsSync(file)) return ok(CHECK, "none yet: `catnix serve` builds it");
  const reader = new IndexReader(file, id, storeDir);
  try {
    const cursor = reader.cursor();
    if (!cursor) return warn(CHECK, `${file} has no complete root yet`, "Start `catnix serve`, which builds it.");
    const behind = finalBlock === undefined ? undefined : Math.max(0, finalBlock - cursor.block);
    const lag = behind === undefined ? "" : `, ${plural(behind, "final block")} behind`;
    const message = `act ${cursor.seq}, block ${cursor.block}${lag}, ${plural(reader.countMappings(), "mapping")}, ${plural(cursor.alarms, "alarm")}`;
    if (behind !== undefined && behind > FAR_BEHIND)
      return warn(CHECK, message, "Start `catnix serve`; where it runs already, its log says why it does not follow.");
    return ok(CHECK, message);
  } finally {
    reader.close();
  }
}
