import { join } from "node:path";
import { createSwarmNode, type SwarmNode, type SwarmNodeOptions } from "../../src/swarm/node/create-swarm-node.js";
import { listen } from "../../src/swarm/node/listen.js";
import { makeTempFolder } from "./temp-folder.js";

/** An embedded node on a free port of this machine, with a new file that goes when it is closed. */
export async function startNode(
  options: Partial<SwarmNodeOptions> = {},
): Promise<{ url: string; node: SwarmNode; file: string; close(): Promise<void> }> {
  const folder = await makeTempFolder();
  const file = options.file ?? join(folder.path, "chunks.db");
  const node = createSwarmNode({ ...options, file });
  const server = await listen(node);
  return {
    url: server.url,
    node,
    file,
    async close() {
      await server.close();
      node.close();
      await folder.remove();
    },
  };
}
