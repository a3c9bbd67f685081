import { z } from "zod";
import { readAtMost } from "./read-at-most.js";
import type { PlainResponse } from "./send-request.js";
import type { Watchdog } from "./watchdog.js";

/** A successful answer. Its body must be read, left in the middle of a loop, or discarded. */
export interface BeeAnswer {
  readonly headers: Pick<Headers, "get">;
  /** @throws CatnixError `SWARM_UNREACHABLE` where the connection breaks, `SWARM_TIMEOUT` where the node pauses or drips too long */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

/** Longest body of an error or of a JSON answer that is read, in bytes. */
const MAX_MESSAGE_BYTES = 16_384;
/** Bytes that a node has to send in the time that it may pause: who drips is as good as silent. */
const ENOUGH = 4096;
/** Longest part of a node's own words that is passed on, in characters. */
const MAX_REASON_CHARACTERS = 300;

/** Bee: pkg/jsonhttp, StatusResponse; `reasons` where parts of the request are wrong. */
const errorBody = z.object({
  message: z.string(),
  reasons: z.array(z.object({ field: z.string(), error: z.string() })).catch([]),
});

export function answerOf(response: PlainResponse, watchdog: Watchdog, idleMs: number): BeeAnswer {
  return {
    headers: response.headers,
    body: readBody(response, watchdog, idleMs),
    discard: () => response.discard(),
  };
}

async function* readBody(
  response: PlainResponse,
  watchdog: Watchdog,
  idleMs: number,
): AsyncGenerator<Uint8Array, void> {
  if (response.body === undefined) return;
  const pieces = response.body[Symbol.asyncIterator]();
  let [left, received] = [idleMs, 0];
  const next = async () => {
    const asked = performance.now();
    watchdog.arm(Math.max(0, left));
    try {
      const read = await pieces.next();
      watchdog.signal.throwIfAborted();
      if (!read.done) received += read.value.length;
      left -= performance.now() - asked;
      if (received >= ENOUGH) [left, received] = [idleMs, 0];
      return read;
    } catch (error) {
      throw watchdog.explain(error);
    } finally {
      watchdog.disarm();
    }
  };
  let ended = false;
  try {
    for (let read = await next(); !read.done; read = await next()) yield read.value;
    ended = true;
  } finally {
    // A reader that leaves early frees the connection; after an end it serves the next request.
    if (!ended) {
      pieces.return?.().catch(() => undefined);
      response.discard();
    }
  }
}

/** The answer as JSON, undefined where it is none or longer than `maxBytes`; 16 KiB where not given. */
export async function readJson(answer: BeeAnswer, maxBytes = MAX_MESSAGE_BYTES): Promise<unknown> {
  const bytes = await readAtMost(answer.body, maxBytes);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * What a failed answer says in its `{ code, message, reasons }`, on one line, without control characters; else `otherwise`.
 * A Bee's message alone is often no more than "invalid header params".
 */
export async function reasonOf(answer: BeeAnswer, otherwise: string): Promise<string> {
  const parsed = errorBody.safeParse(await readJson(answer).catch(() => undefined));
  const text = parsed.success ? describeBody(parsed.data) : otherwise;
  return (
    text
      .replace(/[\s\p{Cc}]+/gu, " ")
      .trim()
      .slice(0, MAX_REASON_CHARACTERS) || "no reason given"
  );
}

function describeBody({ message, reasons }: z.output<typeof errorBody>): string {
  const details = reasons.map(({ field, error }) => `${field}: ${error}`);
  return details.length === 0 ? message : `${message} (${details.join("; ")})`;
}
