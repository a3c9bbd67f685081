import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Helpers, and the tests of the error family itself, which has to take some code for an example. */
const SHOWS_NO_ERROR = /^test\/errors\/|\/support\//;

/** A word in quotes, or the key of a line in a table of what is expected. */
const QUOTED = /(?<=["`'])[A-Z][A-Z0-9_]+(?=["`'])|(?<=^ *)[A-Z][A-Z0-9_]+(?=: )/gm;

/**
 * Which tests name an error code, in quotes.
 * @returns files by code, as `test/…`, sorted
 */
export async function findTests(codes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map(codes.map((code): [string, string[]] => [code, []]));
  for (const file of await listTestFiles()) {
    const text = await readFile(join(root, file), "utf8");
    const words = new Set(text.match(QUOTED));
    for (const word of words) found.get(word)?.push(file);
  }
  return found;
}

async function listTestFiles(): Promise<string[]> {
  const entries = await readdir(join(root, "test"), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !SHOWS_NO_ERROR.test(file))
    .sort();
}
