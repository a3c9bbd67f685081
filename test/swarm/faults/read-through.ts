// Reads the file of the fault tests through the endpoints given, in a process of its own, which NODE_EXTRA_CA_CERTS is for; prints
// what a client sees, and what Nix sees at a relay.
import { makeStore } from "./fault-world.js";
import { fetchThrough, readThrough } from "./what-is-seen.js";

const urls = process.argv.slice(2);
process.stdout.write(`${await readThrough(makeStore(urls))}\n${await fetchThrough(makeStore(urls))}\n`);
