import { Counter, Gauge, type Registry } from "prom-client";
import type { CacheReport } from "../swarm/cache/disk-cache.js";
import type { EndpointReport } from "../swarm/failover/endpoint-health.js";
import type { SwarmReport } from "../swarm/open-store.js";

/** Adds what the Swarm endpoints and the cache count of themselves to `registry`; it is read when somebody asks for it. */
export function addSwarmMetrics(registry: Registry, read: () => SwarmReport): void {
  addEndpointMetrics(registry, () => read().endpoints);
  addCacheMetrics(registry, () => read().cache);
}

function addEndpointMetrics(registry: Registry, read: () => readonly EndpointReport[]): void {
  const add = (name: string, help: string, count: (report: EndpointReport) => number) =>
    new Counter({
      ...{ name, help, labelNames: ["endpoint"], registers: [registry] },
      collect() {
        this.reset();
        for (const report of read()) this.labels(report.url).inc(count(report));
      },
    });
  add("catnix_swarm_requests_total", "Requests to a Swarm endpoint", ({ requests }) => requests);
  add(
    "catnix_swarm_hedges_total",
    "Requests to a Swarm endpoint because another one was slow to answer",
    ({ hedges }) => hedges,
  );
  add("catnix_swarm_bytes_total", "Bytes of files from a Swarm endpoint, verified", ({ bytes }) => bytes);
  new Counter({
    name: "catnix_swarm_failures_total",
    help: "Failed requests to a Swarm endpoint, by error code",
    labelNames: ["endpoint", "code"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { url, failures } of read())
        for (const [code, count] of Object.entries(failures)) this.labels(url, code).inc(count);
    },
  });
  new Gauge({
    name: "catnix_swarm_up",
    help: "1 where a Swarm endpoint is asked, 0 while it is left alone because it failed too often",
    labelNames: ["endpoint"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { url, state } of read()) this.labels(url).set(state === "resting" ? 0 : 1);
    },
  });
}

function addCacheMetrics(registry: Registry, read: () => CacheReport | undefined): void {
  const registers = [registry];
  const add = (name: string, help: string, count: (report: CacheReport) => number) =>
    new Counter({
      ...{ name, help, registers },
      collect() {
        this.reset();
        this.inc(((report) => (report ? count(report) : 0))(read()));
      },
    });
  add("catnix_cache_hits_total", "Reads from the disk cache", ({ hits }) => hits);
  add("catnix_cache_misses_total", "Files that were not in the disk cache", ({ misses }) => misses);
  add("catnix_cache_evictions_total", "Files that went to make room in the disk cache", ({ evictions }) => evictions);
  add(
    "catnix_cache_failures_total",
    "Times that the cache's disk failed or damaged a file",
    ({ failures }) => failures,
  );
  new Gauge({
    ...{ name: "catnix_cache_bytes", help: "Bytes in the disk cache, as far as known", registers },
    collect() {
      this.set(read()?.bytes ?? 0);
    },
  });
}
