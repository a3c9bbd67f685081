import type { z } from "zod";
import { splitCredentials, strikeSecrets, withoutSecrets } from "../config/endpoint-url.js";
import { CatnixError } from "../errors/catnix-error.js";
import { retryAfterOf } from "./answer-headers.js";
import { answerOf, readJson, reasonOf, type BeeAnswer } from "./bee-answer.js";
import { errorOfStatus, type Subject } from "./bee-status.js";
import { retryPassing } from "./retry-passing.js";
import { type PlainResponse, sendRequest } from "./send-request.js";
import { WatchedUpload } from "./watched-upload.js";
import { Watchdog } from "./watchdog.js";

/** `fetch`, or a handler in this process such as the embedded node's. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

export interface BeeEndpointOptions {
  /** Base of the HTTP API, such as http://127.0.0.1:1633. */
  url: string;
  fetch?: FetchHandler | undefined;
  /** How long the node may take to start an answer; 20 s where not given: it may have to search the network. */
  firstByteMs?: number | undefined;
  /** How long the node may pause in the middle of a body, in either direction, or take to send 4 KiB; 20 s where not given. */
  idleMs?: number | undefined;
  /** Further attempts of a call that may be repeated; 2 where not given. */
  retries?: number | undefined;
  /** Ends every request, as its own signal does. */
  signal?: AbortSignal | undefined;
}

/** Bytes to send whole, or a stream. */
export type UploadBody = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface BeeRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH";
  /** Below the base, without a leading slash; it may have a query. */
  readonly path: string;
  readonly subject: Subject;
  readonly headers?: Record<string, string>;
  readonly body?: UploadBody;
  /** Bytes of JSON that an answer may have; 16 KiB where not given. */
  readonly maxJsonBytes?: number;
  /** Whether asking twice does harm, as where something is paid; see `PlainRequest`. */
  readonly once?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The HTTP API of one Bee or embedded node: requests, timeouts, statuses. What the bytes mean is for BeeStore. */
export class BeeEndpoint {
  /** For people: without secrets. */
  readonly url: string;
  /** Without credentials and a slash at the end. */
  readonly #base: string;
  /** With its question mark, where the URL has one. */
  readonly #query: string;
  readonly #authorization: Record<string, string>;
  readonly #fetch: FetchHandler | undefined;
  readonly #firstByteMs: number;
  readonly #idleMs: number;
  readonly #retries: number;
  readonly #signal: AbortSignal | undefined;

  /** Takes out of a node's words what is secret in the URL. */
  readonly #strike: (text: string) => string;

  /** @throws TypeError where `url` is none */
  constructor({ url, fetch, firstByteMs = 20_000, idleMs = 20_000, retries = 2, signal }: BeeEndpointOptions) {
    const { bare, authorization } = splitCredentials(url);
    this.url = withoutSecrets(url);
    this.#base = bare.origin + bare.pathname.replace(/\/+$/, "");
    this.#query = bare.search;
    this.#authorization = authorization;
    this.#fetch = fetch;
    this.#firstByteMs = firstByteMs;
    this.#idleMs = idleMs;
    this.#retries = retries;
    this.#signal = signal;
    this.#strike = (text) => strikeSecrets(text, url);
  }

  /** Runs `call`, again after a pause where it failed for a reason that may pass. For calls that may be repeated. */
  retry<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return retryPassing(call, { retries: this.#retries, signal });
  }

  /**
   * One attempt.
   * @throws CatnixError by status ({@link errorOfStatus}), `SWARM_UNREACHABLE`, `SWARM_TIMEOUT`; whatever `body` throws
   */
  async request(asked: BeeRequest): Promise<BeeAnswer> {
    const signals = [asked.signal, this.#signal].filter((signal) => signal !== undefined);
    const signal = signals.length < 2 ? signals[0] : AbortSignal.any(signals);
    signal?.throwIfAborted();
    const watchdog = new Watchdog(this.url, signal);
    const { body } = asked;
    const upload =
      body === undefined || body instanceof Uint8Array
        ? undefined
        : new WatchedUpload(body, watchdog, this.#idleMs, this.#firstByteMs);
    let response: PlainResponse;
    try {
      watchdog.arm(this.#firstByteMs);
      response = await this.#send(asked, upload, watchdog.signal);
    } catch (error) {
      throw upload?.failure === undefined ? watchdog.explain(error) : upload.failure.error;
    } finally {
      watchdog.disarm();
    }
    const answer = answerOf(response, watchdog, this.#idleMs);
    if (response.status >= 200 && response.status < 300) return answer;
    const reason = this.#strike(await reasonOf(answer, response.statusText));
    watchdog.end();
    throw errorOfStatus(this.url, response.status, reason, asked.subject, retryAfterOf(response.headers));
  }

  /**
   * One attempt, answered with JSON of the form `schema`.
   * @throws CatnixError like {@link request}; `SWARM_ANSWER_INVALID` where it is something else
   */
  async requestJson<T>(asked: BeeRequest, schema: z.ZodType<T>): Promise<{ headers: BeeAnswer["headers"]; value: T }> {
    const answer = await this.request(asked);
    const parsed = schema.safeParse(await readJson(answer, asked.maxJsonBytes));
    if (parsed.success) return { headers: answer.headers, value: parsed.data };
    const reason = `not the JSON that ${asked.method} /${asked.path} should give`;
    throw new CatnixError("SWARM_ANSWER_INVALID", { url: this.url, reason });
  }

  async #send(asked: BeeRequest, upload: WatchedUpload | undefined, signal: AbortSignal): Promise<PlainResponse> {
    const query = asked.path.includes("?") ? this.#query.replace("?", "&") : this.#query;
    const url = `${this.#base}/${asked.path}${query}`;
    const { method, once } = asked;
    // Lengths must be those of the content itself.
    const headers = { "accept-encoding": "identity", ...this.#authorization, ...asked.headers };
    const bytes = asked.body instanceof Uint8Array ? asked.body : undefined;
    if (this.#fetch === undefined && upload === undefined)
      return sendRequest(url, { method, headers, body: bytes, signal, once });
    const request = new Request(url, {
      ...{ method, headers, signal },
      redirect: "error",
      ...(upload === undefined
        ? { body: (bytes as Uint8Array<ArrayBuffer> | undefined) ?? null }
        : { body: ReadableStream.from(upload), duplex: "half" }),
    });
    const response = await (this.#fetch ?? globalThis.fetch)(request);
    const { status, statusText, body } = response;
    return {
      ...{ status, statusText, headers: response.headers },
      body: (body as ReadableStream<Uint8Array> | null) ?? undefined,
      discard: () => void body?.cancel().catch(() => undefined),
    };
  }
}
