/**
 * Writes docs/schema from the code's own schemas:
 *
 *     npx tsx scripts/write-schemas.ts
 */
import { mkdir, writeFile } from "node:fs/promises";
import { formatSchemas } from "./support/schemas.js";

const folder = new URL("../docs/schema/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, text] of await formatSchemas()) await writeFile(new URL(name, folder), text);
