// Writes batches into an index without end, for tests that kill it: `run-index-writer.ts FILE`. Prints each batch's seq.
import { IndexWriter } from "../../src/index/index-writer.js";
import { commitBatch, makeRecord, testRegistry } from "./fill-index.js";

const writer = new IndexWriter(process.argv[2]!, testRegistry, "/nix/store");
for (;;) {
  const seq = (writer.cursor()?.seq ?? 0) + 1;
  // A few paths that change, and a few that are new.
  const names = Array.from({ length: 8 }, (_, at) => (at < 4 ? `hot-${at}` : `cold-${seq}-${at}`));
  await commitBatch(writer, ...names.map((name) => makeRecord(name, Buffer.from(`${name} of ${seq}`))));
  process.stdout.write(`${seq}\n`);
}
