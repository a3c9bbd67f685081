import type { StoreOptions } from "../content-store.js";
import type { EndpointHealth } from "./endpoint-health.js";

/** What is read from one node: each method is one attempt. */
export interface EndpointReader {
  getChunk(address: string, options?: StoreOptions): Promise<Uint8Array>;
  readAll(address: string, maxBytes: number, options?: StoreOptions): Promise<Uint8Array>;
  has(address: string, options?: StoreOptions): Promise<boolean>;
  /** The bytes [start, end) of a file as the node sends them, not verified; resolves when the first of them are there. */
  openBytes(
    address: string,
    range: { start: number; end: number },
    options?: StoreOptions,
  ): Promise<AsyncIterable<Uint8Array>>;
}

/** A node, and how it does. */
export interface Endpoint {
  readonly reader: EndpointReader;
  readonly health: EndpointHealth;
}
