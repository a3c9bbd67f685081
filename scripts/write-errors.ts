/**
 * Writes docs/errors.md from the error tables and the tests:
 *
 *     npm run errors
 */
import { writeFile } from "node:fs/promises";
import { formatErrors } from "./support/errors-page.js";

await writeFile(new URL("../docs/errors.md", import.meta.url), await formatErrors());
