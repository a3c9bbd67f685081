import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { CHUNK_SIZE } from "../../bmt/constants.js";
import type { NodeEnv } from "./node-context.js";

/** Bytes handed on at a time; chunk by chunk would cost more than the hashing. */
const PIECE = 1 << 16;

/** A response that is a file or a part of it. */
export interface FileResponse {
  readonly status: 200 | 206;
  readonly headers: Record<string, string>;
  /** Pieces of at most 4,096 bytes. */
  readonly source: AsyncGenerator<Uint8Array, void>;
}

/**
 * Sends a file. What fails in its first 60 KiB is thrown, so that it is answered with a status; later the connection is
 * broken, because a body must not end as if it were whole.
 * @param outgoing Node's own response, written straight to (web streams cost three times as much); undefined in process
 * @param onBreak told why the body broke off
 */
export async function sendFile(
  { status, headers, source }: FileResponse,
  outgoing: NodeEnv["Bindings"]["outgoing"],
  onBreak: (error: unknown) => void,
): Promise<Response> {
  const pieces = gather(source);
  const first = await pieces.next();
  if (first.done === true) return new Response(null, { status, headers });
  if (first.value.length === Number(headers["content-length"])) return new Response(first.value, { status, headers });
  const body = startingWith(first.value, pieces);
  if (outgoing === undefined) return new Response(ReadableStream.from(body), { status, headers });
  outgoing.writeHead(status, headers);
  pipeline(body, outgoing).catch(onBreak);
  return RESPONSE_ALREADY_SENT;
}

/**
 * Larger pieces. Between them other work gets its turn: reading and verifying chunks from the disk never waits for
 * anything by itself.
 */
async function* gather(source: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let piece = Buffer.allocUnsafeSlow(PIECE);
  let length = 0;
  for await (const part of source) {
    piece.set(part, length);
    length += part.length;
    if (length + CHUNK_SIZE <= PIECE) continue;
    yield piece.subarray(0, length);
    await setImmediate();
    piece = Buffer.allocUnsafeSlow(PIECE);
    length = 0;
  }
  if (length > 0) yield piece.subarray(0, length);
}

async function* startingWith<T>(first: T, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return();
  }
}
