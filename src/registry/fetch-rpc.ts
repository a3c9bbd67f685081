import { type FetchGetUrlFunc, makeError } from "ethers";
import { splitCredentials, strikeSecrets } from "../config/endpoint-url.js";
import { concatBytes } from "../encoding/bytes.js";

/** Bytes of one answer; ten thousand events are a tenth of it. */
const MAX_ANSWER_SIZE = 64 << 20;

/**
 * Sends one JSON-RPC request, in place of ethers' own function. That one has no bound on the answer's size, counts its timeout
 * anew with every byte, and leaves the connection open when it gives up, which keeps the process alive. An answer that is
 * too large counts as refused with HTTP 413, so that a smaller range of logs is asked for.
 * @param timeoutMs for the whole of it
 * @param ended ends every request that is under way, which then throws its reason
 */
export function createFetchRpc(timeoutMs: number, ended?: AbortSignal): FetchGetUrlFunc {
  return async ({ url, method, headers, body }, cancel) => {
    const stop = new AbortController();
    cancel?.addListener(() => stop.abort(makeError("request cancelled", "CANCELLED")));
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs), ...(ended ? [ended] : [])]);
    try {
      const { bare, authorization } = splitCredentials(url);
      const sent = { method, headers: { ...headers, ...authorization }, body: body && new Uint8Array(body) };
      const answer = await fetch(bare, { ...sent, redirect: "manual", signal });
      const received = { statusCode: answer.status, statusMessage: answer.statusText, headers: {} };
      const bytes = await readBody(answer);
      if (bytes === undefined) return { ...received, statusCode: 413, statusMessage: "answer too large", body: null };
      return { ...received, body: answer.ok ? withoutSecrets(parseObject(bytes, url), bytes, url) : bytes };
    } catch (error) {
      ended?.throwIfAborted();
      throw explain(error, new URL(url).origin);
    }
  };
}

async function readBody({ body }: Response): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > MAX_ANSWER_SIZE) return undefined; // leaving the loop ends the connection
    pieces.push(piece);
  }
  return concatBytes(...pieces);
}

/** ethers takes any JSON for an answer, and fails at `null` with a TypeError. */
function parseObject(bytes: Uint8Array, url: string): object {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    answer = undefined;
  }
  if (typeof answer === "object" && answer !== null) return answer;
  throw makeError("the answer is no JSON-RPC", "SERVER_ERROR", { request: new URL(url).origin });
}

/** The text of an error is shown to people, in logs, and by a relay to anybody. */
function withoutSecrets(answer: object, bytes: Uint8Array, url: string): Uint8Array {
  const { error } = answer as { error?: { message?: unknown } | null };
  if (typeof error?.message !== "string") return bytes;
  return Buffer.from(JSON.stringify({ ...answer, error: { ...error, message: strikeSecrets(error.message, url) } }));
}

function explain(error: unknown, request: string): unknown {
  const { name, code, message, cause } = error as Error & { code?: string; cause?: Error & { code?: string } };
  if (code !== undefined && typeof code === "string") return error; // ethers' own
  if (name === "TimeoutError")
    return makeError("request timeout", "TIMEOUT", { operation: "request", reason: "timeout" });
  return makeError(cause?.message || cause?.code || message, "SERVER_ERROR", { request });
}
