import { z } from "zod";
import { readAtMost } from "./read-at-most.js";
import type { PlainResponse } from "./send-request.js";
import type { Watchdog } from "./watchdog.js";

/** A successful answer. Its body must be read, left in the middle of a loop, or discarded. */
export interface BeeAnswer {
  readonly headers: Pick<Headers, "get">;
  /** @throws CatnixError `SWARM_UNREACHABLE` where the connection breaks, `SWARM_TIMEOUT` where the node pauses too long */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

/** Longest body of an error or of a JSON answer that is read, in bytes. */
const MAX_MESSAGE_BYTES = 16_384;
/** Longest part of a node's own words that is passed on, in characters. */
const MAX_REASON_CHARACTERS = 300;

const errorBody = z.object({ message: z.string() });

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
  const next = async () => {
    watchdog.arm(idleMs);
    try {
      return await pieces.next();
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

/** What a failed answer says in its `{ code, message }`, on one line, without control characters; else `otherwise`. */
export async function reasonOf(answer: BeeAnswer, otherwise: string): Promise<string> {
  const parsed = errorBody.safeParse(await readJson(answer).catch(() => undefined));
  const text = parsed.success ? parsed.data.message : otherwise;
  return text.replace(/\p{Cc}+/gu, " ").slice(0, MAX_REASON_CHARACTERS) || "no reason given";
}
