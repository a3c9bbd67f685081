import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";

/** An answer as a careful client sees it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False where the connection broke before the announced end. */
  readonly complete: boolean;
}

/** Asks over a connection of its own, and shows an incomplete body too. Rejects where there is no answer at all. */
export async function httpGet(
  url: string,
  options: { method?: string; headers?: Record<string, string>; signal?: AbortSignal; body?: Uint8Array } = {},
): Promise<HttpAnswer> {
  const { body: sent, ...rest } = options;
  const asked = request(url, { ...rest, agent: false });
  asked.end(sent);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const pieces: Buffer[] = [];
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) pieces.push(piece);
  } catch {
    // "aborted": what came is in `pieces`, and `complete` says so.
  }
  return {
    status: answer.statusCode!,
    headers: answer.headers,
    body: Buffer.concat(pieces),
    complete: answer.complete,
  };
}
