// Two readers of one index in a process of its own: `run-index-readers.ts FILE HASH_PART`. For each line on standard input it
// prints, as JSON, what each sees: the cursor's seq, that of the path's mapping, and the version.
import { createInterface } from "node:readline";
import { IndexReader } from "../../src/index/index-reader.js";
import { parseHashPart } from "../../src/nix/store-path.js";
import { testRegistry } from "./fill-index.js";

const [file, hashPart] = process.argv.slice(2) as [string, string];
const readers = [1, 2].map(() => new IndexReader(file, testRegistry, "/nix/store"));
const questions = createInterface({ input: process.stdin });
questions.on("line", () => {
  const seen = readers.map((reader) => ({
    seq: reader.cursor()?.seq ?? null,
    mapping: reader.findMapping(parseHashPart(hashPart))?.row.seq ?? null,
    version: reader.version(),
  }));
  process.stdout.write(`${JSON.stringify(seen)}\n`);
});
