import type { RelayContext, RelayHandler } from "../relay-context.js";
import { send } from "../send.js";

/** `/metrics`, for Prometheus. */
export function getMetrics({ metrics: { registry } }: RelayContext): RelayHandler {
  return async (c) => {
    const headers = { "Content-Type": registry.contentType, "Cache-Control": "no-store" };
    return send(c, 200, headers, await registry.metrics());
  };
}
