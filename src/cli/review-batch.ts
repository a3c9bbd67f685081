import { readBatchFile } from "../consortium/batch-file.js";
import { type CheckedBatch, checkBatch } from "../consortium/check-batch.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";
import { Progress } from "./progress.js";
import { requireSameRegistry } from "./same-registry.js";

/** A batch file of the configured registry, everything of which was checked but the NARs. */
export interface ReviewedBatch {
  readonly registry: Registry;
  readonly checked: CheckedBatch;
}

/**
 * Reads a batch file and checks what it lists: records, closure, root.
 * @throws CatnixError BATCH_FILE_INVALID, FILE_UNREADABLE, and what `checkBatch` throws
 */
export async function reviewBatch(context: Context, file: string): Promise<ReviewedBatch> {
  const content = await readBatchFile(file);
  const registry = await context.registry();
  requireSameRegistry(file, content, registry.id);
  using progress = new Progress(context, "records", content.batch.rows);
  const checked = await checkBatch(content.batch, {
    registry,
    // What a member vouches for has to be on Swarm, not only on the member's own disk.
    store: context.store({ cached: false }),
    storeDir: context.config.storeDir,
    skipNars: true,
    signal: context.signal,
    onProgress: ({ checked: done, of, storePath }) => progress.update(done, of, storePath),
  });
  return { registry, checked };
}
