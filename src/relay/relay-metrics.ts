import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { IndexHealth } from "../index/index-health.js";
import type { IndexReader } from "../index/index-reader.js";
import type { SwarmReport } from "../swarm/open-store.js";
import { addMemberMetrics } from "./member-metrics.js";
import { addSwarmMetrics } from "./swarm-metrics.js";
import { readReadiness } from "./readiness.js";

/** From a cached narinfo to a large NAR over a slow line, in seconds. */
const DURATION_BUCKETS = [0.0005, 0.002, 0.01, 0.05, 0.2, 1, 5, 20, 60, 300];

/** What the relay counts; `GET /metrics` prints the registry they are in. */
export interface RelayMetrics {
  readonly registry: Registry;
  readonly requests: Counter<"route" | "status">;
  readonly bytes: Counter<"route">;
  readonly durations: Histogram<"route">;
  readonly narFailures: Counter<"code">;
  readonly listingFailures: Counter<"code">;
  readonly narTransfers: Gauge;
}

/**
 * Makes the relay's metrics in `registry`, which may hold those of others.
 * @throws Error of prom-client where the registry has a relay's metrics already
 */
export function createRelayMetrics(
  registry: Registry,
  sources: {
    readonly index: IndexReader;
    readonly health: () => IndexHealth;
    readonly swarm: () => SwarmReport;
  },
): RelayMetrics {
  const { index, health, swarm } = sources;
  const registers = [registry];
  addSwarmMetrics(registry, swarm);
  const read = () => readReadiness(index, health());
  const addIndexGauge = (name: string, help: string, value: () => number | undefined) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const now = value();
        // No sample is better than a wrong one.
        if (now === undefined) this.remove();
        else this.set(now);
      },
    });
  addIndexGauge("catnix_index_seq", "The batch that the index is at", () => read().seq);
  addIndexGauge("catnix_index_block", "The last block whose batches are in the index", () => read().block);
  addIndexGauge("catnix_index_lag_blocks", "Blocks between the chain's latest one and the index", () => read().lag);
  addIndexGauge(
    "catnix_index_missing_records",
    "Approved records that Swarm does not have",
    () => read().missingRecords,
  );
  addMemberMetrics(registry, index);
  addIndexGauge("catnix_relay_ready", "1 where /ready answers 200", () => Number(read().ready));
  return {
    registry,
    requests: new Counter({
      name: "catnix_relay_requests_total",
      help: "Requests by route and status; 499: the client left before its answer",
      labelNames: ["route", "status"],
      registers,
    }),
    bytes: new Counter({
      name: "catnix_relay_response_bytes_total",
      help: "Bytes of bodies",
      labelNames: ["route"],
      registers,
    }),
    durations: new Histogram({
      name: "catnix_relay_request_duration_seconds",
      help: "From a request's head to the last byte handed over",
      labelNames: ["route"],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    narFailures: new Counter({
      name: "catnix_relay_nar_failures_total",
      help: "NARs that could not be sent, or not to their end, by error code",
      labelNames: ["code"],
      registers,
    }),
    listingFailures: new Counter({
      name: "catnix_relay_listing_failures_total",
      help: "Listings that could not be sent, or not to their end, by error code",
      labelNames: ["code"],
      registers,
    }),
    narTransfers: new Gauge({
      name: "catnix_relay_nar_transfers",
      help: "NARs and listings that are being sent or wait for their turn",
      registers,
    }),
  };
}
