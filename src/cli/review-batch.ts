import type { CheckedBatch } from "../consortium/check-batch.js";
import { batchFiles } from "../consortium/signed-file.js";
import type { Registry } from "../registry/registry.js";
import { checkBatchFile } from "./check-batch-file.js";
import type { Context } from "./context.js";
import { openSignedFile } from "./open-signed-file.js";

/** A batch file of the configured registry, everything of which was checked but the NARs. */
export interface ReviewedBatch {
  readonly registry: Registry;
  readonly checked: CheckedBatch;
}

/** @throws CatnixError FILE_UNREADABLE, BATCH_FILE_INVALID, and what `checkBatch` throws */
export async function reviewBatch(context: Context, file: string): Promise<ReviewedBatch> {
  const { content, registry } = await openSignedFile(context, batchFiles, file);
  return { registry, checked: await checkBatchFile(context, registry, content, { skipNars: true }) };
}
