import { Counter, Gauge, type Registry } from "prom-client";
import type { EndpointReport } from "../swarm/failover/endpoint-health.js";

/** Adds what the Swarm endpoints count of themselves to `registry`; it is read when somebody asks for it. */
export function addEndpointMetrics(registry: Registry, read: () => readonly EndpointReport[]): void {
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
