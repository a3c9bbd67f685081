import { format } from "prettier";
import { z } from "zod";
import { batchFileSchema } from "../../src/consortium/batch-file.js";

/** docs/schema/batch-1.json: JSON Schema of a batch file. What it cannot say (checksums) is in docs/spec.md, Batch file. */
export async function formatBatchSchema(): Promise<string> {
  const { $schema, ...rest } = z.toJSONSchema(batchFileSchema);
  const schema = { $schema, title: "catnix batch file, version 1", ...rest };
  return format(JSON.stringify(schema), { parser: "json", printWidth: 120 });
}
