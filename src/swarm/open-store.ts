import type { Config } from "../config/schema.js";
import { silentLogger, type Logger } from "../log/logger.js";
import { BeeStore } from "./bee-store.js";
import { CachedStore } from "./cache/cached-store.js";
import { type CacheReport, DiskCache } from "./cache/disk-cache.js";
import type { ContentStore } from "./content-store.js";
import type { Endpoint } from "./failover/endpoint.js";
import { EndpointHealth, type EndpointReport } from "./failover/endpoint-health.js";
import { FailoverStore } from "./failover/failover-store.js";

export interface OpenStoreOptions {
  /** Ends every request. */
  readonly signal?: AbortSignal | undefined;
  /** Told when an endpoint begins to rest, and when it is back; and what is wrong with the cache. */
  readonly log?: Logger | undefined;
  /** False for who has to know that the network has what is read; true where not given. */
  readonly cached?: boolean | undefined;
}

/** How the nodes and the cache behind a store do. */
export interface SwarmReport {
  readonly endpoints: readonly EndpointReport[];
  /** Undefined where there is no cache. */
  readonly cache?: CacheReport | undefined;
}

/** A store, and what is behind it. */
export interface OpenedStore {
  readonly store: ContentStore;
  readonly report: () => SwarmReport;
  /** Resolves when nothing more is being written to the cache. */
  readonly settle: () => Promise<void>;
}

/**
 * The store that a configuration describes: reads go to `swarm.url` and `swarm.urls`, in this order, and through the cache in
 * `swarm.cacheDir`; uploads go to `swarm.url`, paid by `swarm.postageBatch`, as `swarm.upload` says.
 */
export function openStore(
  swarm: Config["swarm"],
  { signal, log = silentLogger, cached = true }: OpenStoreOptions = {},
): OpenedStore {
  const { url, postageBatch, upload, cacheDir: folder, cacheBytes: maxBytes } = swarm;
  const uploads = new BeeStore({ url, batchId: postageBatch, deferred: upload === "deferred", signal });
  // One attempt each: what fails at one node is for the next one.
  const endpoints = listUrls(swarm).map((each): Endpoint => {
    const reader = new BeeStore({ url: each, signal, retries: 0 });
    return { reader, health: new EndpointHealth(reader.url, { onChange: (report) => logChange(log, report) }) };
  });
  const nodes = new FailoverStore(endpoints, uploads);
  if (folder === undefined || !cached)
    return { store: nodes, report: () => ({ endpoints: nodes.endpoints() }), settle: () => Promise.resolve() };
  const cache = new DiskCache({ folder, maxBytes, log });
  const store = new CachedStore(nodes, cache);
  const report = () => ({ endpoints: nodes.endpoints(), cache: cache.report() });
  return { store, report, settle: () => store.settle() };
}

/** Where a configuration reads from, in the order of preference, each once. */
export function listUrls({ url, urls }: Pick<Config["swarm"], "url" | "urls">): string[] {
  return [...new Set([url, ...urls])];
}

function logChange(log: Logger, { url, state, reason }: EndpointReport): void {
  if (state === "resting") log.warn({ url, reason }, "a Swarm endpoint failed too often, it is left alone for a while");
  else log.info({ url }, "a Swarm endpoint answers again");
}
