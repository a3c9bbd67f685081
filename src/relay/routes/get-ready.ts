import { readReadiness } from "../readiness.js";
import type { RelayContext, RelayHandler } from "../relay-context.js";
import { sendJson } from "../send.js";

/**
 * `/ready`: 200 only where the index is complete, follows its registry and is not behind; the reason otherwise. How the Swarm nodes
 * do is said beside it and decides nothing: narinfo need none of them, and the next request may find one that works.
 */
export function getReady({ index, health, swarm }: RelayContext): RelayHandler {
  return (c) => {
    const readiness = readReadiness(index, health());
    const endpoints = swarm().endpoints.map(({ url, state, reason }) => ({
      url,
      state,
      ...(reason !== undefined && { reason }),
    }));
    return sendJson(c, readiness.ready ? 200 : 503, {
      ...readiness,
      ...(endpoints.length > 0 && { swarm: endpoints }),
    });
  };
}
