import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { CatnixError } from "../errors/catnix-error.js";
import type { Relay } from "./create-relay.js";
import { requireLoopback } from "./loopback.js";

export interface ListenOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  /** How long requests may go on after `close`, in milliseconds; ten seconds where not given. */
  graceMs?: number | undefined;
}

/** A relay on a socket. */
export interface RelayServer {
  /** Without a trailing slash. */
  readonly url: string;
  /** Takes no new connection, lets requests end within the grace period, then cuts what is left. */
  close(): Promise<void>;
}

/** A client that keeps its connection for the next path of a closure should find it open, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;
const SWEEP_MS = 50;

/**
 * Puts a relay on a socket.
 * @throws CatnixError RELAY_CANNOT_LISTEN; RELAY_SIGNS_LOOPBACK_ONLY where the relay has a key and others than this machine could
 * reach it: its one signature would stand for the whole quorum's
 */
export async function listenRelay(relay: Relay, { host, port, graceMs = 10_000 }: ListenOptions): Promise<RelayServer> {
  const address = relay.signs ? await requireLoopback(host) : host;
  const server = createAdaptorServer({
    fetch: (request, bindings) => relay.fetch(request, bindings),
    overrideGlobalObjects: false,
    serverOptions: { keepAliveTimeout: KEEP_ALIVE_MS },
  }) as Server;
  try {
    server.listen(port, address);
    await once(server, "listening");
  } catch (error) {
    const { message: reason } = error as Error;
    throw new CatnixError("RELAY_CANNOT_LISTEN", { host, port, reason }, { cause: error });
  }
  const bound = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: () => (closed ??= closeServer(server, graceMs)),
  };
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  // Connections that fall idle from now on.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}
