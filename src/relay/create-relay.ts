import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import pLimit from "p-limit";
import { Registry } from "prom-client";
import type { IndexHealth } from "../index/index-health.js";
import type { IndexReader } from "../index/index-reader.js";
import type { Logger } from "../log/logger.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { SwarmReport } from "../swarm/open-store.js";
import { NarInfoSource } from "./narinfo-source.js";
import { observeRequests } from "./observe-requests.js";
import type { RelayContext, RelayEnv, RelayHandler } from "./relay-context.js";
import { createRelayMetrics } from "./relay-metrics.js";
import type { RouteName } from "./route-name.js";
import { getCacheInfo } from "./routes/get-cache-info.js";
import { getHealth } from "./routes/get-health.js";
import { getListing } from "./routes/get-listing.js";
import { getMetrics } from "./routes/get-metrics.js";
import { getNar } from "./routes/get-nar.js";
import { getNarInfo } from "./routes/get-narinfo.js";
import { getReady } from "./routes/get-ready.js";
import { outgoingOf, send, sendNotFound } from "./send.js";
import type { NarInfoSigner } from "./sign-narinfo.js";

export interface RelayOptions {
  /** Decides everything. It is asked anew for every answer. */
  index: IndexReader;
  /** Where NARs and listings come from. */
  store: ContentStore;
  /** The one store folder of the registry. */
  storeDir: string;
  /** Lower wins at the client; cache.nixos.org is 40. */
  priority: number;
  /** Adds the relay's own signature; only for clients on this machine, see `listenRelay`. */
  signer?: NarInfoSigner | undefined;
  /** Whether the Nix signatures of members are passed on; true where not given. */
  members?: boolean | undefined;
  log: Logger;
  /** Takes the relay's metrics in beside others'; an own one where not given. */
  metrics?: Registry | undefined;
  health: () => IndexHealth;
  /** How the nodes and the cache behind `store` do, for `/ready` and metrics; none where not given. */
  swarm?: (() => SwarmReport) | undefined;
  /** NARs and listings that are read from Swarm at a time; further ones wait. 64 where not given. */
  maxNarTransfers?: number | undefined;
  /** How long a client may take no bytes of a NAR, in milliseconds; two minutes where not given. */
  clientStallMs?: number | undefined;
}

/** A relay that answers requests, and whether it signs. */
export type Relay = Hono<RelayEnv> & { readonly signs: boolean };

/** Routes on which a 5xx could end a build. */
const FOR_NIX: ReadonlySet<RouteName> = new Set(["narinfo", "listing", "nar"]);

/** What a cache answers to everything that changes something. */
const NOT_ALLOWED = { Allow: "GET, HEAD", "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };

/**
 * The relay: it answers an unmodified Nix from the index alone and fetches bytes from Swarm. No failure of either is a 5xx
 * to a client of Nix: up to 2.31 that would end a build which another cache could have served.
 */
export function createRelay(options: RelayOptions): Relay {
  const context = createContext(options);
  const app = new Hono<RelayEnv>();
  const serve = (route: RouteName, path: string, handler: RelayHandler) =>
    app.get(path, (c) => {
      c.set("route", route);
      return handler(c);
    });

  app.use(observeRequests(context));
  app.use(async (c, next) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD") return send(c, 405, NOT_ALLOWED, "only GET and HEAD\n");
    await next();
    return undefined;
  });
  serve("nix-cache-info", "/nix-cache-info", getCacheInfo(context));
  serve("narinfo", "/:file{.+\\.narinfo}", getNarInfo(context));
  serve("listing", "/:file{.+\\.ls}", getListing(context));
  serve("nar", "/nar/:file", getNar(context));
  serve("health", "/health", getHealth());
  serve("ready", "/ready", getReady(context));
  serve("metrics", "/metrics", getMetrics(context));
  app.notFound(sendNotFound);
  app.onError((error, c) => {
    context.log.error({ requestId: c.get("requestId"), route: c.get("route"), err: error }, "a request failed");
    if (outgoingOf(c)?.headersSent) {
      outgoingOf(c)?.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    return FOR_NIX.has(c.get("route"))
      ? sendNotFound(c)
      : send(c, 500, { "Content-Type": "text/plain; charset=utf-8" }, "failed\n");
  });
  return Object.assign(app, { signs: options.signer !== undefined });
}

function createContext(options: RelayOptions): RelayContext {
  const { index, store, storeDir, priority, signer, members, health, swarm = () => ({ endpoints: [] }) } = options;
  return {
    ...{ index, store, storeDir, priority, health, swarm },
    narInfos: new NarInfoSource(index, { signer, members }),
    limitNars: pLimit(options.maxNarTransfers ?? 64),
    clientStallMs: options.clientStallMs ?? 120_000,
    metrics: createRelayMetrics(options.metrics ?? new Registry(), { index, health, swarm }),
    log: options.log.child({ component: "relay" }),
  };
}
