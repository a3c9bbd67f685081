/**
 * Writes docs/schema/*.json from the schemas in the code:
 *
 *     npm run schemas
 */
import { writeFile } from "node:fs/promises";
import { formatSchema, SCHEMAS } from "./support/schemas.js";

for (const name of Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])
  await writeFile(new URL(`../docs/schema/${name}`, import.meta.url), await formatSchema(name));
