import type { BatchFile } from "../consortium/batch-file.js";
import { type CheckedBatch, type CheckOptions, checkBatch } from "../consortium/check-batch.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";
import { Progress } from "./progress.js";

/** Checks a batch as a member does, with progress. */
export async function checkBatchFile(
  context: Context,
  registry: Registry,
  { batch }: BatchFile,
  options: Pick<CheckOptions, "skipNars" | "checkedBuilds" | "recheck">,
): Promise<CheckedBatch> {
  using progress = new Progress(context, options.skipNars ? "records" : "NARs checked", batch.rows);
  return await checkBatch(batch, {
    registry,
    // What a member signs has to be on Swarm, not only on the member's own disk.
    store: context.store({ cached: false }),
    storeDir: context.config.storeDir,
    ...options,
    signal: context.signal,
    onProgress: ({ checked, of, storePath }) => progress.update(checked, of, storePath),
  });
}
