import { Hono } from "hono";
import { isCatnixError } from "../../errors/catnix-error.js";
import { silentLogger, type Logger } from "../../log/logger.js";
import { ChunkDatabase } from "./chunk-database.js";
import { ChunkSource } from "./chunk-source.js";
import { ChunkWriter } from "./chunk-writer.js";
import { failWith, statusOf } from "./http-errors.js";
import type { NodeContext, NodeEnv, StampShop } from "./node-context.js";
import { Peers } from "./peers.js";
import { getFeed, postFeed } from "./routes/feeds.js";
import { getBytes } from "./routes/get-bytes.js";
import { getChunk } from "./routes/get-chunk.js";
import { getSite } from "./routes/get-site.js";
import { postBytes } from "./routes/post-bytes.js";
import { postChunk } from "./routes/post-chunk.js";
import { postSite } from "./routes/post-site.js";
import { postSoc } from "./routes/post-soc.js";
import { getBuckets, getStamp, getStamps, patchDilute, patchTopUp, postStamp } from "./routes/stamps.js";
import { getStewardship, putStewardship } from "./routes/stewardship.js";
import { PRICE } from "./stamps.js";
import { Statistics, type NodeStats } from "./statistics.js";

export interface SwarmNodeOptions {
  /** The SQLite file; made where there is none. */
  file: string;
  /** How large the file may grow, in bytes; unbounded where not given. */
  maxBytes?: number | undefined;
  /** HTTP APIs of other nodes, Bee's or catnix's own, that are asked for what is missing here. */
  peers?: readonly string[] | undefined;
  /** How long a peer may take to start its answer, in milliseconds; 5 s where not given. */
  peerMs?: number | undefined;
  log?: Logger | undefined;
}

export interface SwarmNode {
  /** Bee's HTTP API, as far as catnix needs it. The second argument is for the adapter that puts it on a socket. */
  fetch(request: Request, bindings?: NodeEnv["Bindings"]): Response | Promise<Response>;
  stats(): NodeStats;
  /**
   * Asks one more peer from now on: two nodes can so know each other, whose addresses are known only once they listen.
   * @throws TypeError where it is no URL
   */
  addPeer(url: string): void;
  /** Closes the file; what was acknowledged is in it. */
  close(): void;
}

/** What `GET /health` says of the API: the version of Bee's that this node follows. */
const HEALTH = { status: "ok", version: "catnix", apiVersion: "8.0.0" };

/** What `GET /chainstate` says, which clients ask for the price of a stamp: there is no chain. */
const CHAIN_STATE = { chainTip: 0, block: 0, totalAmount: "0", currentPrice: PRICE.toString() };

/**
 * The embedded Swarm node: Bee's HTTP API over chunks in one SQLite file, without a network of its own. Not for the open
 * internet: like a Bee's, the API has no notion of who asks.
 * @throws CatnixError `SWARM_NODE_STORAGE` where the file cannot be used
 * @throws TypeError where a peer is no URL
 */
export function createSwarmNode({
  file,
  maxBytes,
  peers = [],
  peerMs,
  log = silentLogger,
}: SwarmNodeOptions): SwarmNode {
  const others = new Peers(peers, peerMs);
  const database = new ChunkDatabase(file, maxBytes);
  const source = new ChunkSource(database, others, log);
  const statistics = new Statistics(database);
  const stamps: StampShop = (work) => database.withStamps(work);
  const context: NodeContext = { writer: new ChunkWriter(database), stamps, source, statistics, log };
  let lastTag = 0;

  const app = new Hono<NodeEnv>();
  app.get("/bytes/:address", getBytes(context)); // and HEAD
  app.post("/bytes", postBytes(context));
  app.get("/chunks/:address", getChunk(context)); // and HEAD
  app.post("/chunks", postChunk(context));
  app.post("/soc/:owner/:id", postSoc(context));
  app.get("/feeds/:owner/:topic", getFeed(context)); // and HEAD
  app.post("/feeds/:owner/:topic", postFeed(context));
  app.get("/bzz/:address/*", getSite(context)); // and HEAD; the slash after the address may be missing
  app.post("/bzz", postSite(context));
  // A Bee counts an upload's chunks under a tag. Here an upload is done once it is answered: tags are only numbers.
  app.post("/tags", (c) => c.json({ uid: ++lastTag, startedAt: new Date().toISOString() }, 201));
  app.get("/health", (c) => c.json(HEALTH));
  app.get("/readiness", (c) => c.json({ ...HEALTH, status: "ready" }));
  app.get("/chainstate", (c) => c.json(CHAIN_STATE));
  app.get("/stamps", getStamps(context));
  app.get("/stamps/:batch", getStamp(context));
  app.get("/stamps/:batch/buckets", getBuckets(context));
  app.post("/stamps/:amount/:depth", postStamp(context));
  app.patch("/stamps/topup/:batch/:amount", patchTopUp(context));
  app.patch("/stamps/dilute/:batch/:depth", patchDilute(context));
  app.get("/stewardship/:address", getStewardship(context));
  app.put("/stewardship/:address", putStewardship(context));
  app.get("/status", (c) => c.json(statistics.read()));
  app.notFound(() => failWith(404, "Not Found"));
  app.onError((error, c) => {
    const known = isCatnixError(error);
    const status = known ? statusOf(error) : 500;
    if (status >= 500) log.error({ err: error }, "a request failed");
    // An upload that was not read to its end takes its connection with it: a client must not send the next request there.
    const headers: Record<string, string> = c.req.method === "POST" ? { connection: "close" } : {};
    return failWith(status, known ? error.message : "Internal Server Error", headers);
  });

  return {
    fetch: (request, bindings = {}) => app.fetch(request, bindings),
    stats: () => statistics.read(),
    addPeer: (url) => others.add(url),
    close() {
      source.flush();
      database.close();
    },
  };
}
