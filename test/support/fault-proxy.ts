import { once } from "node:events";
import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { serveLoopback } from "./serve-loopback.js";

/** What goes wrong with one answer. Offsets and lengths are bytes of the answer's body. */
export type Fault =
  /** One bit of the byte at this offset is flipped; from the end where negative. */
  | { kind: "flip"; at: number }
  /** The body ends cleanly after so many bytes; the framing fits it, with a length or in chunks. */
  | { kind: "truncate"; after: number; framing: "length" | "chunked" }
  /** The right body, without saying how long it is. */
  | { kind: "no-length" }
  /** The connection is cut after so many bytes. */
  | { kind: "reset"; after: number }
  /** Nothing is answered, ever. */
  | { kind: "hang" }
  /** The body stops after so many bytes and the connection stays open. */
  | { kind: "stall"; after: number }
  | { kind: "status"; status: number; message?: string; headers?: Record<string, string> }
  /** The body comes in pieces of so many bytes, with pauses. */
  | { kind: "drip"; bytes: number; everyMs: number }
  /** The right body, and then more without end. */
  | { kind: "endless" }
  /** The answer to another path. */
  | { kind: "instead"; path: string };

export interface FaultProxy {
  readonly url: string;
  /** Requests seen, as "GET /bytes/…", the oldest first. */
  readonly requests: string[];
  /** Decides for each request; undefined lets it through. */
  rule: (request: IncomingMessage) => Fault | undefined;
  close(): Promise<void>;
}

/** An HTTP proxy in front of a real endpoint, for faults that a real one cannot be made to have. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const requests: string[] = [];
  const proxy = { requests, rule: (() => undefined) as FaultProxy["rule"] };
  const server = await serveLoopback((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    return forward(target, incoming, outgoing, proxy.rule(incoming));
  });
  return Object.assign(proxy, server);
}

async function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse, fault?: Fault) {
  if (fault?.kind === "hang") return;
  if (fault?.kind === "status") {
    // Like a Bee with a full batch: the answer comes before the body is read.
    outgoing.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
    outgoing.end(JSON.stringify({ code: fault.status, message: fault.message ?? "injected" }));
    return;
  }
  const path = fault?.kind === "instead" ? fault.path : incoming.url!;
  const upstream = request(new URL(path, target), {
    method: incoming.method,
    headers: { ...incoming.headers, host: "x" },
  });
  incoming.pipe(upstream);
  outgoing.on("close", () => upstream.destroy());
  const [answer] = (await once(upstream, "response")) as [IncomingMessage];
  const headers = { ...answer.headers };
  delete headers["transfer-encoding"];
  if (fault?.kind === "truncate" && fault.framing === "length") headers["content-length"] = String(fault.after);
  else if (fault?.kind === "truncate" || fault?.kind === "endless" || fault?.kind === "no-length")
    delete headers["content-length"];
  outgoing.writeHead(answer.statusCode!, headers);
  await sendBody(answer, outgoing, fault);
}

async function sendBody(answer: IncomingMessage, outgoing: ServerResponse, fault?: Fault) {
  const length = Number(answer.headers["content-length"]);
  let sent = 0;
  for await (const data of answer as AsyncIterable<Buffer>) {
    let piece = data;
    if (fault?.kind === "flip") {
      const at = (fault.at < 0 ? length + fault.at : fault.at) - sent;
      if (at >= 0 && at < piece.length) piece[at]! ^= 1;
    }
    if (fault?.kind === "truncate" || fault?.kind === "reset" || fault?.kind === "stall") {
      piece = piece.subarray(0, fault.after - sent);
    }
    if (fault?.kind === "drip") {
      for (let at = 0; at < piece.length; at += fault.bytes) {
        outgoing.write(piece.subarray(at, at + fault.bytes));
        await setTimeout(fault.everyMs);
      }
    } else {
      await write(outgoing, piece);
    }
    sent += piece.length;
    if (piece.length < data.length) break;
  }
  // A response that is whole ends: else the next one on its connection would wait for ever.
  if (fault?.kind === "stall" && sent < length) return;
  if (fault?.kind === "reset") {
    await setTimeout(10); // what was written goes out first
    outgoing.socket?.resetAndDestroy();
    return;
  }
  while (fault?.kind === "endless" && !outgoing.destroyed) await write(outgoing, Buffer.alloc(1 << 16));
  outgoing.end();
}

async function write(outgoing: ServerResponse, piece: Uint8Array) {
  if (piece.length === 0 || outgoing.write(piece)) return;
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(outgoing, "drain", { signal }), once(outgoing, "close", { signal })]);
  settled.abort(); // takes the other listener away
}
