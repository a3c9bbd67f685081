// Indexer and relay, as `catnix serve` runs them.
import { statSync } from "node:fs";
import { join } from "node:path";
import { startServing } from "../../src/cli/start-serving.js";
import { configSchema } from "../../src/config/schema.js";
import { createLogger } from "../../src/log/logger.js";
import { serveHandlers } from "../support/worker.js";
import type { Places } from "./publisher.js";

let stateDir: string;

const handlers = {
  /** @returns the relay's URL */
  async open({ dir, rpcUrl, registry, swarmUrl }: Places): Promise<string> {
    stateDir = dir;
    const config = configSchema.parse({
      stateDir,
      chain: { ...registry, rpcUrl, finality: "latest", pollSeconds: 0.1 },
      swarm: { url: swarmUrl },
      relay: { port: 0 },
    });
    return (await startServing(config, createLogger("warn"))).url;
  },

  /** Bytes of the index, with what is not in its main file yet. */
  indexBytes(): number {
    const sizeOf = (name: string) => statSync(join(stateDir, name), { throwIfNoEntry: false })?.size ?? 0;
    return sizeOf("index.sqlite") + sizeOf("index.sqlite-wal");
  },
};

export type Follower = typeof handlers;
serveHandlers(handlers);
