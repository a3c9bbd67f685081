// A reverse proxy of its own process, as a sysadmin puts one before a node: `reverse-proxy.ts TARGET stream|buffer [KEY CERTIFICATE]`,
// with TLS where it is given both. Prints its URL and stays. `buffer` reads an answer whole before it sends it, and drops
// length, entity tag and ranges on the way, as some gateways do.
import { readFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

const [target, mode, key, cert] = process.argv.slice(2) as [string, "stream" | "buffer", string?, string?];
const LOST = [
  "content-length",
  "etag",
  "accept-ranges",
  "content-range",
  "connection",
  "keep-alive",
  "transfer-encoding",
];

const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
  const headers = { ...incoming.headers, host: "x" };
  if (mode === "buffer") delete (headers as IncomingMessage["headers"]).range;
  const upstream = request(new URL(incoming.url!, target), { method: incoming.method, headers }, (answer) => {
    if (mode === "stream") {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
      return;
    }
    const pieces: Buffer[] = [];
    answer.on("data", (piece: Buffer) => pieces.push(piece));
    answer.on("end", () => {
      const kept = Object.entries(answer.headers).filter(([name]) => !LOST.includes(name));
      outgoing.writeHead(answer.statusCode!, Object.fromEntries(kept));
      for (const piece of pieces) outgoing.write(piece);
      outgoing.end();
    });
  });
  upstream.on("error", () => outgoing.destroy());
  incoming.pipe(upstream);
};
const isTls = key !== undefined && cert !== undefined;
const server = isTls
  ? createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, handle)
  : createServer(handle);
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http${isTls ? "s" : ""}://127.0.0.1:${port}\n`);
});
