import type { RelayHandler } from "../relay-context.js";
import { sendJson } from "../send.js";

/** `/health`: the process lives. Whether it has something to say is `/ready`'s to tell. */
export function getHealth(): RelayHandler {
  return (c) => sendJson(c, 200, { status: "ok" });
}
