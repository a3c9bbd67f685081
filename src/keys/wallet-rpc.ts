import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { splitCredentials, strikeSecrets, withoutSecrets } from "../config/endpoint-url.js";
import { concatBytes } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";

/** Bytes of one answer: a signature, or a list of accounts. */
const MAX_ANSWER_SIZE = 1 << 20;
const KEEP_ALIVE_MS = 30_000;

/** What a wallet says instead of a result. */
export interface WalletRefusal {
  readonly code: number;
  readonly message: string;
}

export interface WalletCall {
  readonly method: string;
  readonly params: readonly unknown[];
  /** Milliseconds until it is given up. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a wallet one thing by JSON-RPC over HTTP. A person may have to press a button before it answers: `fetch` would give up after
 * five minutes, whatever it is told.
 * @returns the result, or what the wallet says instead
 * @throws CatnixError WALLET_UNREACHABLE, WALLET_ANSWER_INVALID; the signal's reason
 */
export async function askWallet(
  url: string,
  { method, params, timeoutMs, signal }: WalletCall,
): Promise<{ readonly result: unknown } | { readonly refusal: WalletRefusal }> {
  signal?.throwIfAborted();
  const stop = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  let answer: { status: number; body: Uint8Array };
  try {
    answer = await post(url, JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }), stop);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof CatnixError) throw error;
    const { code, message } = error as Error & { code?: string };
    const reason = stop.aborted ? `no answer within ${timeoutMs / 1000} s` : message || (code ?? "");
    throw new CatnixError("WALLET_UNREACHABLE", { url: withoutSecrets(url), reason }, { cause: error });
  }
  return readAnswer(url, answer);
}

function post(url: string, body: string, signal: AbortSignal): Promise<{ status: number; body: Uint8Array }> {
  const { bare, authorization } = splitCredentials(url);
  const headers = {
    ...{ "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    ...authorization,
  };
  return new Promise((resolve, reject) => {
    const send = bare.protocol === "https:" ? requestHttps : requestHttp;
    const request = send(bare, { method: "POST", agent: false, headers, signal });
    request.on("error", reject);
    // A connection that a router forgets while a person thinks would never end.
    request.on("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
    request.on("response", (message) => {
      readBody(url, message).then((read) => resolve({ status: message.statusCode!, body: read }), reject);
    });
    request.end(body);
  });
}

async function readBody(url: string, message: IncomingMessage): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of message as AsyncIterable<Uint8Array>) {
    if ((size += piece.length) > MAX_ANSWER_SIZE) throw invalid(url, `it has more than ${MAX_ANSWER_SIZE} bytes`);
    pieces.push(piece);
  }
  return concatBytes(...pieces);
}

/** Some wallets answer a refusal with a status of its own, so the body is looked at first. */
function readAnswer(url: string, { status, body }: { status: number; body: Uint8Array }) {
  const answer = parse(body);
  const { result, error } = answer;
  if (isRefusal(error)) return { refusal: { code: error.code, message: strikeSecrets(error.message, url) } } as const;
  if (status < 200 || status > 299)
    throw new CatnixError("WALLET_UNREACHABLE", { url: withoutSecrets(url), reason: `HTTP status ${status}` });
  if (!("result" in answer)) throw invalid(url, "it is no JSON-RPC");
  return { result } as const;
}

function parse(body: Uint8Array): { result?: unknown; error?: unknown } {
  try {
    const answer: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

function isRefusal(error: unknown): error is WalletRefusal {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    typeof error.code === "number" &&
    "message" in error &&
    typeof error.message === "string"
  );
}

function invalid(url: string, reason: string): CatnixError {
  return new CatnixError("WALLET_ANSWER_INVALID", { url: withoutSecrets(url), reason });
}
