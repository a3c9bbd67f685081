import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { RelayRequest } from "./relay-context.js";

/** The statuses of this relay's answers with a body of their own. */
export type SentStatus = 200 | 304 | 404 | 405 | 416 | 500 | 503;

/** Node's response, where the app runs on a socket. */
export function outgoingOf(c: RelayRequest): ServerResponse | undefined {
  return (c.env as RelayRequest["env"] | undefined)?.outgoing;
}

/**
 * Answers with bytes that are at hand. On a socket they go straight to Node's response, which costs a third of a web
 * `Response`; the answer to HEAD is the same without its body.
 */
export function send(
  c: RelayRequest,
  status: SentStatus,
  headers: Record<string, string>,
  body: Buffer | string = "",
): Response {
  const length = Buffer.byteLength(body);
  if (c.req.method !== "HEAD") c.set("bytes", length);
  return sendHead(c, status, status === 304 ? headers : { ...headers, "Content-Length": String(length) }, body);
}

/** Answers with headers that say all: for HEAD, their `Content-Length` is that of a body which is not here. */
export function sendHead(
  c: RelayRequest,
  status: SentStatus,
  headers: Record<string, string>,
  body?: Buffer | string,
): Response {
  const outgoing = outgoingOf(c);
  if (outgoing === undefined)
    return c.newResponse(
      body === undefined || status === 304 ? null : new Uint8Array(Buffer.from(body)),
      status,
      headers,
    );
  outgoing.writeHead(status, headers);
  outgoing.end(body);
  return RESPONSE_ALREADY_SENT;
}

/**
 * What every failure before the first byte comes to: a Nix client takes 404 for "not here" and goes on to its next cache,
 * while a 5xx ends the whole build (Nix up to 2.31). Nothing on the way may remember it.
 */
export function sendNotFound(c: RelayRequest): Response {
  return send(c, 404, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" }, "not found\n");
}

/** @param value anything that JSON has a text for */
export function sendJson(c: RelayRequest, status: 200 | 503, value: unknown): Response {
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  return send(c, status, headers, `${JSON.stringify(value)}\n`);
}
