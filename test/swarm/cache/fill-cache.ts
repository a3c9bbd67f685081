// Reads a file into a cache, for tests that kill it: `fill-cache.ts URL FOLDER ADDRESS`. Says when the first bytes are there.
import { silentLogger } from "../../../src/log/logger.js";
import { CachedStore } from "../../../src/swarm/cache/cached-store.js";
import { DiskCache } from "../../../src/swarm/cache/disk-cache.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";

const [url, folder, address] = process.argv.slice(2) as [string, string, string];
const store = new CachedStore(new BeeStore({ url }), new DiskCache({ folder, maxBytes: 1e9, log: silentLogger }));
let isFirst = true;
for await (const piece of (await store.read(address)).body) {
  if (isFirst && piece.length > 0) process.stdout.write("reading\n");
  isFirst = false;
}
