import type { Config } from "../config/schema.js";
import { silentLogger, type Logger } from "../log/logger.js";
import { BeeStore } from "./bee-store.js";
import type { Endpoint } from "./failover/endpoint.js";
import { EndpointHealth } from "./failover/endpoint-health.js";
import { FailoverStore } from "./failover/failover-store.js";

export interface OpenStoreOptions {
  /** Ends every request. */
  readonly signal?: AbortSignal | undefined;
  /** Told when an endpoint begins to rest, and when it is back. */
  readonly log?: Logger | undefined;
}

/**
 * The store that a configuration describes: reads go to `swarm.url` and `swarm.urls`, in this order; uploads to `swarm.url`,
 * paid by `swarm.postageBatch`, as `swarm.upload` says.
 */
export function openStore(
  { url, urls, postageBatch, upload }: Pick<Config["swarm"], "url" | "urls" | "postageBatch" | "upload">,
  { signal, log = silentLogger }: OpenStoreOptions = {},
): FailoverStore {
  const uploads = new BeeStore({ url, batchId: postageBatch, deferred: upload === "deferred", signal });
  // One attempt each: what fails at one node is for the next one.
  const endpoints = listUrls({ url, urls }).map((each): Endpoint => {
    const reader = new BeeStore({ url: each, signal, retries: 0 });
    return { reader, health: new EndpointHealth(reader.url, { onChange: (report) => logChange(log, report) }) };
  });
  return new FailoverStore(endpoints, uploads);
}

/** Where a configuration reads from, in the order of preference, each once. */
export function listUrls({ url, urls }: Pick<Config["swarm"], "url" | "urls">): string[] {
  return [...new Set([url, ...urls])];
}

function logChange(log: Logger, { url, state, reason }: ReturnType<EndpointHealth["report"]>): void {
  if (state === "resting") log.warn({ url, reason }, "a Swarm endpoint failed too often, it is left alone for a while");
  else log.info({ url }, "a Swarm endpoint answers again");
}
