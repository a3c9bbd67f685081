import { readReadiness } from "../readiness.js";
import type { RelayContext, RelayHandler } from "../relay-context.js";
import { sendJson } from "../send.js";

/** `/ready`: 200 only where the index is complete, follows its registry and is not behind; the reason otherwise. */
export function getReady({ index, health }: RelayContext): RelayHandler {
  return (c) => {
    const readiness = readReadiness(index, health());
    return sendJson(c, readiness.ready ? 200 : 503, readiness);
  };
}
