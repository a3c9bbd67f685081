import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";

/** What is asked for; `body` goes with its length. */
export interface PlainRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** Whether asking twice does harm: then it goes over a connection of its own, and is never sent again. */
  readonly once?: boolean | undefined;
}

/** The part of a `Response` that callers need. */
export interface PlainResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Pick<Headers, "get">;
  /** Undefined where there is none. One that breaks off throws. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** Gives up what of the body was not read, and the connection with it. */
  discard(): void;
}

const agents = { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) };

/**
 * Sends one request over a connection that is kept for the next, and answers as soon as the headers are there. `fetch` would
 * do the same at twice the processor time and several times the garbage, which shows where a batch has a hundred
 * thousand records of a kilobyte each. Follows no redirects and decodes nothing: callers ask for `identity`.
 * @throws Error of the connection, or an AbortError
 */
export function sendRequest(url: string, asked: PlainRequest): Promise<PlainResponse> {
  const { method, headers, body, signal, once = false } = asked;
  return new Promise((resolve, reject) => {
    const isTls = url.startsWith("https:");
    const agent = once ? false : agents[isTls ? "https:" : "http:"];
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const request = (isTls ? requestHttps : requestHttp)(url, {
      ...{ method, agent },
      headers: { ...headers, ...length },
    });
    // Not by the option `signal`, which destroys the request: where the whole answer has arrived and was not read, Node lets go of
    // the connection at the same time, and its failure has no listener left.
    let answer: IncomingMessage | undefined;
    const abort = () => (answer ?? request).destroy(new DOMException("the request was called off", "AbortError"));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    request.on("close", () => signal.removeEventListener("abort", abort));
    request.on("error", (error) => {
      if (answer !== undefined) return; // the body says so to whoever reads it
      // The other side closed a kept connection while the request was on its way: nothing was answered, and asking again
      // changes nothing, since all content goes by its address. A new connection is never "reused", so this ends.
      const isStale = request.reusedSocket && "code" in error && error.code === "ECONNRESET" && !signal.aborted;
      if (isStale) resolve(sendRequest(url, asked));
      else reject(error);
    });
    request.on("response", (message) => {
      answer = message;
      resolve(toResponse(message, method));
    });
    request.end(body);
  });
}

function toResponse(message: IncomingMessage, method: string): PlainResponse {
  if (method === "HEAD") message.resume();
  return {
    status: message.statusCode!,
    statusText: message.statusMessage ?? "",
    headers: {
      get(name) {
        const value = message.headers[name];
        return (Array.isArray(value) ? value.join(", ") : value) ?? null;
      },
    },
    body: method === "HEAD" ? undefined : message,
    discard: () => void message.destroy(),
  };
}
