// Runs an indexer in a process of its own, for tests that kill it:
// `run-indexer.ts RPC_URL CHAIN_ID REGISTRY DEPLOYMENT_BLOCK SWARM_URL INDEX_FILE`. Prints a line for each batch
// that came in.
import { pino } from "pino";
import { IndexWriter } from "../../src/index/index-writer.js";
import { createIndexer } from "../../src/indexer/create-indexer.js";
import { Registry } from "../../src/registry/registry.js";
import { BeeStore } from "../../src/swarm/bee-store.js";

const [rpcUrl, chainId, registry, deploymentBlock, url, file] = process.argv.slice(2) as [
  ...[string, string, string],
  ...[string, string, string],
];
const id = { chainId: Number(chainId), registry };
const indexer = createIndexer({
  registry: await Registry.open(rpcUrl, id),
  store: new BeeStore({ url }),
  index: new IndexWriter(file, id, "/nix/store"),
  deploymentBlock: Number(deploymentBlock),
  finality: "latest",
  pollSeconds: 0.05,
  logRange: 3,
  log: pino({ level: "info" }, pino.destination({ dest: 1, sync: true })),
});
await indexer.run(new AbortController().signal);
