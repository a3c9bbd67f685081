import type { CheckedBatch } from "../consortium/check-batch.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";
import { checkBatchFile, openBatchFile } from "./open-batch-file.js";

/** A batch file of the configured registry, everything of which was checked but the NARs. */
export interface ReviewedBatch {
  readonly registry: Registry;
  readonly checked: CheckedBatch;
}

/** @throws CatnixError FILE_UNREADABLE, BATCH_FILE_INVALID, and what `checkBatch` throws */
export async function reviewBatch(context: Context, file: string): Promise<ReviewedBatch> {
  const { content, registry } = await openBatchFile(context, file);
  return { registry, checked: await checkBatchFile(context, registry, content, { skipNars: true }) };
}
