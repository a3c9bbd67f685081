import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { IndexHealth } from "../index/index-health.js";
import type { IndexReader } from "../index/index-reader.js";
import type { Logger } from "../log/logger.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { SwarmReport } from "../swarm/open-store.js";
import type { NarInfoSource } from "./narinfo-source.js";
import type { RelayMetrics } from "./relay-metrics.js";
import type { RouteName } from "./route-name.js";

/** What the routes share. */
export interface RelayContext {
  readonly index: IndexReader;
  readonly store: ContentStore;
  readonly storeDir: string;
  readonly priority: number;
  readonly narInfos: NarInfoSource;
  /** Runs a NAR's transfer when its turn comes. */
  readonly limitNars: <T>(transfer: () => Promise<T>) => Promise<T>;
  /** How long a client may take no bytes of a NAR, in milliseconds. */
  readonly clientStallMs: number;
  readonly metrics: RelayMetrics;
  readonly health: () => IndexHealth;
  readonly swarm: () => SwarmReport;
  readonly log: Logger;
}

export interface RelayEnv {
  /** Node's own request and response; not there where a test calls the app without a socket. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    route: RouteName;
    /** Bytes of the body that were handed to the client's connection. */
    bytes: number;
  };
}

export type RelayRequest = Context<RelayEnv>;
export type RelayHandler = (c: RelayRequest) => Response | Promise<Response>;
