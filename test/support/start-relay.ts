import { join } from "node:path";
import { IndexReader } from "../../src/index/index-reader.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import { silentLogger } from "../../src/log/logger.js";
import { createRelay, type Relay, type RelayOptions } from "../../src/relay/create-relay.js";
import { listenRelay } from "../../src/relay/listen-relay.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";
import { testRegistry } from "./fill-index.js";
import { startNode } from "./start-node.js";
import { makeTempFolder } from "./temp-folder.js";

/** A relay with all that is behind it: an index and who writes it, an embedded node, and a proxy before that one. */
export interface TestRelay {
  readonly url: string;
  readonly app: Relay;
  readonly writer: IndexWriter;
  readonly reader: IndexReader;
  /** Between the relay and the node. */
  readonly proxy: FaultProxy;
  /** The node's chunk database. */
  readonly chunkFile: string;
  /** Straight to the node, to put things in. */
  readonly uploads: BeeStore;
  close(): Promise<void>;
}

const SHORT_MS = 1000;

export async function startRelay(options: Partial<RelayOptions> & { graceMs?: number } = {}): Promise<TestRelay> {
  const folder = await makeTempFolder();
  const file = join(folder.path, "index.db");
  const writer = new IndexWriter(file, testRegistry, "/nix/store");
  const reader = new IndexReader(file, testRegistry, "/nix/store");
  const node = await startNode();
  const proxy = await startFaultProxy(node.url);
  const { graceMs, ...relayOptions } = options;
  const app = createRelay({
    index: reader,
    store: new BeeStore({ url: proxy.url, retries: 0, firstByteMs: SHORT_MS, idleMs: SHORT_MS }),
    storeDir: "/nix/store",
    priority: 41,
    log: silentLogger,
    health: () => ({}),
    ...relayOptions,
  });
  const server = await listenRelay(app, { host: "127.0.0.1", port: 0, graceMs });
  return {
    ...{ app, writer, reader, proxy },
    url: server.url,
    chunkFile: node.file,
    uploads: new BeeStore({ url: node.url, batchId: "0".repeat(64) }),
    async close() {
      await server.close();
      await proxy.close();
      await node.close();
      reader.close();
      writer.close();
      await folder.remove();
    },
  };
}
