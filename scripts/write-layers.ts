/**
 * Writes the layers into docs/architecture.md, from .dependency-cruiser.cjs and the imports that there are:
 *
 *     npm run layers
 */
import { readFile, writeFile } from "node:fs/promises";
import { formatArchitecture } from "./support/architecture-page.js";

const file = new URL("../docs/architecture.md", import.meta.url);
await writeFile(file, await formatArchitecture(await readFile(file, "utf8")));
