import { once } from "node:events";
import { createServer, request as askUpstream, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A proxy that counts what passes. */
export interface Meter {
  readonly url: string;
  /** "GET /nar/…", the oldest first. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/**
 * Passes requests on to `target`; once a body is longer than `limit` bytes it waits for `act`, once, and goes on.
 * What it has not passed on by then the other side still has to get.
 */
export async function startMeter(target: string, limit: number, act: () => Promise<void>): Promise<Meter> {
  const requests: string[] = [];
  let acted: Promise<void> | undefined;
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const pass = async () => {
      const { method, headers } = incoming;
      const upstream = askUpstream(new URL(incoming.url!, target), { method, headers: { ...headers, host: "x" } });
      incoming.pipe(upstream);
      const [answer] = (await once(upstream, "response")) as [IncomingMessage];
      outgoing.writeHead(answer.statusCode!, answer.headers);
      let passed = 0;
      const count = new Transform({
        transform(piece: Buffer, _encoding, done) {
          passed += piece.length;
          const wait = passed < limit ? undefined : (acted ??= act());
          if (wait === undefined) done(null, piece);
          else wait.then(() => done(null, piece), done);
        },
      });
      await pipeline(answer, count, outgoing);
    };
    pass().catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
