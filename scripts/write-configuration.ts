/**
 * Writes docs/configuration.md from the schema:
 *
 *     npm run configuration
 */
import { writeFile } from "node:fs/promises";
import { formatConfiguration } from "./support/configuration-page.js";

await writeFile(new URL("../docs/configuration.md", import.meta.url), await formatConfiguration());
