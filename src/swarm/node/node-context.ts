import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Logger } from "../../log/logger.js";
import type { ChunkSource } from "./chunk-source.js";
import type { ChunkWriter } from "./chunk-writer.js";
import type { Statistics } from "./statistics.js";

/** What the routes work with. */
export interface NodeContext {
  readonly writer: ChunkWriter;
  readonly source: ChunkSource;
  readonly statistics: Statistics;
  readonly log: Logger;
}

/** Behind a socket the adapter hands over Node's own request and response; in process there are none. */
export interface NodeEnv {
  Bindings: Partial<HttpBindings>;
}

export type NodeRequest = Context<NodeEnv>;
