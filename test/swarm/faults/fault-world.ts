import { DatabaseSync } from "node:sqlite";
import { makeChunk } from "../../../src/bmt/chunk.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import type { Endpoint } from "../../../src/swarm/failover/endpoint.js";
import { EndpointHealth } from "../../../src/swarm/failover/endpoint-health.js";
import { FailoverStore, type FailoverOptions } from "../../../src/swarm/failover/failover-store.js";
import { startFaultProxy, type FaultProxy } from "../../support/fault-proxy.js";
import { makeRecord } from "../../support/fill-index.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { startNode } from "../../support/start-node.js";

/** How soon a client gives up in these tests, in milliseconds: longer than a healthy node takes on a busy machine; and a leaf. */
const [SOON_MS, LEAF_MS] = [1000, 400];

/** A file of 147 chunks on two levels; its record is that of an uncompressed NAR. */
export const FILE = pseudoRandomBytes(600_000, 2);
export const RECORD = makeRecord("large", FILE);
export const ADDRESS = RECORD.narAddress;
/** One of its leaves, in the middle. */
export const INNER = { start: 409_600, chunk: makeChunk(4096, FILE.subarray(409_600, 413_696)) };

/** A reader of these endpoints that is quick to give up. */
export function makeStore(urls: readonly string[], options: FailoverOptions = {}): FailoverStore {
  const endpoints = urls.map((url): Endpoint => {
    const reader = new BeeStore({ url, retries: 0, firstByteMs: SOON_MS, idleMs: SOON_MS });
    return { reader, health: new EndpointHealth(reader.url) };
  });
  const uploads = new BeeStore({ url: urls[0]! });
  return new FailoverStore(endpoints, uploads, { hedgeMs: 200, deadlineMs: 5000, leafMs: LEAF_MS, ...options });
}

/** Two nodes that have the file, each behind a proxy that makes faults. */
export interface FaultWorld {
  readonly proxies: readonly [FaultProxy, FaultProxy];
  readonly nodes: readonly [string, string];
  /** Takes a chunk away from the first node. */
  loseInner(): void;
  close(): Promise<void>;
}

export async function startFaultWorld(): Promise<FaultWorld> {
  const nodes = [await startNode(), await startNode()] as const;
  for (const { url } of nodes) await new BeeStore({ url, batchId: "0".repeat(64) }).write(FILE);
  const proxies = [await startFaultProxy(nodes[0].url), await startFaultProxy(nodes[1].url)] as const;
  return {
    proxies,
    nodes: [nodes[0].url, nodes[1].url],
    loseInner() {
      const database = new DatabaseSync(nodes[0].file);
      database.prepare("DELETE FROM chunks WHERE address = ?").run(INNER.chunk.address);
      database.close();
    },
    async close() {
      for (const it of [...proxies, ...nodes]) await it.close();
    },
  };
}
