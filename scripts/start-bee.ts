/**
 * Starts a network of real Bee nodes on this machine, with a chain, Swarm's contracts and a postage batch of the first node,
 * and stays until Ctrl-C (docs/bee.md).
 *
 *     npm run bee                # three nodes
 *     npm run bee -- --nodes 1
 *     npm run bee -- --build     # only builds Bee, where the cache has none, and prints its path
 *
 * What it prints on standard output is one JSON object: the chain, the nodes, the batch.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { startBeeNetwork } from "./bee/bee-network.js";
import { ensureBee } from "./bee/ensure-bee.js";
import { isLabError } from "./lab/lab-error.js";

const BATCH_DEPTH = 22;
const log = (line: string) => console.error(line);

async function main(signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { nodes: { type: "string", default: "3" }, build: { type: "boolean" } } });
  if (values.build === true) {
    console.log((await ensureBee({ log, signal })).bee);
    return;
  }
  if (values.nodes !== "1" && values.nodes !== "3") throw new TypeError("--nodes: 1 or 3");
  const network = await startBeeNetwork({ nodes: values.nodes === "1" ? 1 : 3, log, signal });
  try {
    const batch = await network.buyBatch(network.nodes[0]!, { depth: BATCH_DEPTH });
    const { rpcUrl, chainId } = network.chain;
    const nodes = network.nodes.map(({ name, url, child }) => ({ name, url, pid: child.pid }));
    console.log(JSON.stringify({ chain: { rpcUrl, chainId }, nodes, batch, folder: network.folder }));
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await network.close();
  }
}

const ending = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort());
try {
  await main(ending.signal);
} catch (error) {
  if (!ending.signal.aborted) {
    console.error(isLabError(error) || error instanceof TypeError ? error.message : error);
    process.exitCode = 1;
  }
}
