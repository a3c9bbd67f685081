import { randomBytes } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { RelayContext, RelayEnv, RelayRequest } from "./relay-context.js";
import { outgoingOf } from "./send.js";

/** The client left before its answer began (nginx has the number from there, HTTP has none). */
const CLIENT_LEFT = 499;
const MAX_LOGGED_PATH = 200;

/** Gives every request its id, counts it, and logs one line at debug when its answer was handed over. */
export function observeRequests({ metrics, log }: RelayContext): MiddlewareHandler<RelayEnv> {
  const prefix = randomBytes(4).toString("hex");
  let count = 0;
  return async (c, next) => {
    const start = performance.now();
    const requestId = `${prefix}-${++count}`;
    c.set("requestId", requestId);
    c.set("route", "other");
    c.set("bytes", 0);
    await next();
    const [route, bytes, status] = [c.get("route"), c.get("bytes"), statusOf(c)];
    const milliseconds = performance.now() - start;
    metrics.requests.labels(route, String(status)).inc();
    metrics.bytes.labels(route).inc(bytes);
    metrics.durations.labels(route).observe(milliseconds / 1000);
    if (!log.isLevelEnabled("debug")) return;
    const { method, path } = c.req;
    log.debug(
      { requestId, method, path: path.slice(0, MAX_LOGGED_PATH), route, status, bytes, milliseconds },
      "request",
    );
  };
}

function statusOf(c: RelayRequest): number {
  const outgoing = outgoingOf(c);
  if (outgoing === undefined) return c.res.status;
  return outgoing.headersSent ? outgoing.statusCode : CLIENT_LEFT;
}
