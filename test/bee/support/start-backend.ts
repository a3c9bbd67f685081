import { startBeeNetwork } from "../../../scripts/bee/bee-network.js";
import type { Backend, Capabilities } from "../../swarm/conformance/backend.js";
import { skipWithoutGo } from "../../support/skip-without-go.js";

/** Large enough for all that the suite uploads. */
const BATCH_DEPTH = 21;

/** One node takes deferred uploads only; of three the first is written to and the last read from. */
export function capabilitiesOf(nodes: 1 | 3): Capabilities {
  return { peers: nodes > 1, chain: true };
}

/** Real nodes as a backend of the conformance suite. */
export async function startBackend(context: Mocha.Context, count: 1 | 3): Promise<Backend> {
  context.timeout(900_000); // with the build, where the cache has none
  const log = (line: string) => process.stdout.write(`      ${line}\n`);
  const network = await skipWithoutGo(context, () => startBeeNetwork({ nodes: count, log }));
  try {
    const [first, last] = [network.nodes[0]!, network.nodes.at(-1)!];
    return {
      capabilities: capabilitiesOf(count),
      ...{ url: first.url, readUrl: last.url },
      batchId: await network.buyBatch(first, { depth: BATCH_DEPTH }),
      buyBatch: (order) => network.buyBatch(first, order),
      close: () => network.close(),
    };
  } catch (error) {
    await network.close();
    throw error;
  }
}
