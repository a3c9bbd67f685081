// An embedded Swarm node.
import { createSwarmNode, type SwarmNode } from "../../src/swarm/node/create-swarm-node.js";
import { listen } from "../../src/swarm/node/listen.js";
import { serveHandlers } from "../support/worker.js";

let node: SwarmNode;

const handlers = {
  /** @returns its URL */
  async open({ file }: { file: string }): Promise<string> {
    node = createSwarmNode({ file });
    return (await listen(node)).url;
  },

  /** Chunks that uploads brought and that were not there before. */
  newChunks: () => node.stats().newChunks,
};

export type Node = typeof handlers;
serveHandlers(handlers);
