// Publishes in a process of its own: `run-publisher.ts ROOT URL JOURNAL PATH…`, for tests that kill it or look at its
// memory. Prints "ready", a line for each event, then one JSON line: the result, the batch made of it, and how far its
// resident memory rose above that of the start, in bytes. (A parent's pages count as the child's own peak until it runs; so it is looked at here.)
import { EMPTY_CAT } from "../../../src/cat/tree.js";
import { toHex } from "../../../src/encoding/hex.js";
import { openNixStore } from "../../../src/nixdb/nix-store.js";
import { Journal } from "../../../src/publisher/journal.js";
import { publishClosure, type PublishEvent } from "../../../src/publisher/publish-closure.js";
import { uploadBatch } from "../../../src/publisher/upload-batch.js";
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
const onProgress = ({ kind }: PublishEvent) => process.stdout.write(`${kind}\n`);
const storeDir = "/nix/store";
const policy = openPolicy();
const result = await publishClosure({ nix, paths, store, journal, live, policy, storeDir, parallel: 2, onProgress });
clearInterval(watch);
const { records } = result;
const content = { parent: EMPTY_CAT, seq: 1, records, tombstones: [], isLive: () => Promise.resolve(false) };
const { fields } = await uploadBatch({ ...content, withdrawnThrough: () => Promise.resolve(0) }, { store });
const swarmIds = result.records.map(({ swarmId }) => toHex(swarmId));
process.stdout.write(`${JSON.stringify({ ...result, records: swarmIds, batch: fields, memory: peak - before })}\n`);
