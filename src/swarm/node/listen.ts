import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { CatnixError } from "../../errors/catnix-error.js";
import type { SwarmNode } from "./create-swarm-node.js";

/**
 * Puts a node on a socket.
 * @param port 0 for any free one
 * @returns its base URL, and what ends it: connections are cut, the node itself stays open
 * @throws CatnixError `SWARM_NODE_CANNOT_LISTEN`
 */
export async function listen(
  node: SwarmNode,
  { host = "127.0.0.1", port = 0 }: { host?: string; port?: number } = {},
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createAdaptorServer({
    fetch: (request, bindings) => node.fetch(request, bindings as Parameters<SwarmNode["fetch"]>[1]),
    overrideGlobalObjects: false,
    // An upload may take as long as it needs; a request's head may not (Node's own 60 s).
    serverOptions: { requestTimeout: 0 },
  }) as Server;
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    throw new CatnixError(
      "SWARM_NODE_CANNOT_LISTEN",
      { host, port, reason: (error as Error).message },
      { cause: error },
    );
  }
  const { address, port: bound, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
