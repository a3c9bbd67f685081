/**
 * Writes docs/schema/batch-1.json from the schema in the code:
 *
 *     npm run schemas
 */
import { writeFile } from "node:fs/promises";
import { formatBatchSchema } from "./support/batch-schema.js";

await writeFile(new URL("../docs/schema/batch-1.json", import.meta.url), await formatBatchSchema());
