import type { RelayContext, RelayHandler } from "../relay-context.js";
import { send } from "../send.js";

/** `/nix-cache-info`: what a client asks first (Nix: libstore/binary-cache-store.cc). It keeps the answer for seven days. */
export function getCacheInfo({ storeDir, priority }: RelayContext): RelayHandler {
  const body = Buffer.from(`StoreDir: ${storeDir}\nWantMassQuery: 1\nPriority: ${priority}\n`);
  const headers = { "Content-Type": "text/x-nix-cache-info", "Cache-Control": "public, max-age=3600" };
  return (c) => send(c, 200, headers, body);
}
