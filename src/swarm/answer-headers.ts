import { CatnixError } from "../errors/catnix-error.js";

/**
 * The number of bytes that an answer says its content has; undefined where it says nothing, or where a proxy encoded the body.
 * @throws CatnixError `SWARM_ANSWER_INVALID` where it says nonsense
 */
export function lengthOf(headers: Pick<Headers, "get">, url: string): number | undefined {
  const text = headers.get("content-length");
  if (text === null || (headers.get("content-encoding") ?? "identity") !== "identity") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CatnixError("SWARM_ANSWER_INVALID", { url, reason: `content-length ${JSON.stringify(text.slice(0, 80))}` });
}

/** @throws CatnixError `SWARM_SIZE_MISMATCH` where `actual` is not `expected`; `SWARM_TOO_LARGE` where it is beyond `maxBytes` */
export function checkSize(address: string, actual: number, expected: number | undefined, maxBytes: number): void {
  if (expected !== undefined && actual !== expected) {
    throw new CatnixError("SWARM_SIZE_MISMATCH", { address, expected, actual });
  }
  if (actual > maxBytes) throw new CatnixError("SWARM_TOO_LARGE", { address, size: actual, maxBytes });
}

/** What the embedded node says about an upload's chunks; nothing where the node is a Bee. */
export function chunkCountsOf(headers: Pick<Headers, "get">): { chunks?: { total: number; new: number } } {
  const [total, added] = [headers.get("catnix-chunks-total"), headers.get("catnix-chunks-new")];
  if (total === null || added === null || !/^\d{1,15}$/.test(total) || !/^\d{1,15}$/.test(added)) return {};
  return { chunks: { total: Number(total), new: Number(added) } };
}

/** Longest pause that a Retry-After is taken for, in milliseconds. */
const LONGEST_PAUSE_MS = 3_600_000;

/**
 * How long a node asks to be left alone (RFC 9110, section 10.2.3: seconds, or a date), in milliseconds up to an hour; undefined
 * where it does not say so, or says nonsense.
 * @param now milliseconds since 1970
 */
export function retryAfterOf(headers: Pick<Headers, "get">, now = Date.now()): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  // Every form of an HTTP date begins with the name of a day; `Date.parse` would take much else for a date.
  const pause = /^\d{1,9}$/.test(text)
    ? 1000 * Number(text)
    : /^[A-Z][a-z]+,? /.test(text)
      ? Date.parse(text) - now
      : NaN;
  return Number.isNaN(pause) ? undefined : Math.min(Math.max(0, pause), LONGEST_PAUSE_MS);
}
