// Publishes in a process of its own: `run-publisher.ts ROOT URL JOURNAL PATH…`, for tests that kill it or look at its
// memory. Prints "ready", then one JSON line: the result, and how far its resident memory rose above that of the start, in
// bytes. (A parent's pages count as the child's own peak until it runs; so it is looked at here.)
import { openNixStore } from "../../../src/nixdb/nix-store.js";
import { Journal } from "../../../src/publisher/journal.js";
import { publishClosure } from "../../../src/publisher/publish-closure.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { openPolicy } from "./open-policy.js";

const [root, url, journalFile, ...paths] = process.argv.slice(2) as [string, string, string, ...string[]];
const store = new BeeStore({ url, batchId: "0".repeat(64) });
using nix = openNixStore({ root });
using journal = new Journal(journalFile);
process.stdout.write("ready\n");

const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
const live = () => Promise.resolve(undefined);
const result = await publishClosure({
  nix,
  paths,
  store,
  journal,
  live,
  policy: openPolicy(),
  storeDir: "/nix/store",
  parallel: 2,
});
clearInterval(watch);
const swarmIds = result.records.map(({ swarmId }) => swarmId);
process.stdout.write(`${JSON.stringify({ ...result, records: swarmIds, memory: peak - before })}\n`);
