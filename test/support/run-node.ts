// Runs an embedded node of its own process, for tests that kill it: `run-node.ts FILE`. Prints its URL and stays.
import { createSwarmNode } from "../../src/swarm/node/create-swarm-node.js";
import { listen } from "../../src/swarm/node/listen.js";

const { url } = await listen(createSwarmNode({ file: process.argv[2]! }));
process.stdout.write(`${url}\n`);
