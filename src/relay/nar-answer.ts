import { matchesEtag, parseRange } from "../swarm/byte-range.js";

/** Bytes [start, end) of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a request for a NAR comes to, as far as the index decides. */
export interface NarAnswer {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Record<string, string>;
  /** What to send, for 200 and 206. */
  readonly range: ByteRange;
}

/** The request's headers that count. */
export interface NarConditions {
  readonly ifNoneMatch?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly range?: string | undefined;
}

/**
 * A NAR's URL never changes its meaning, so that a client may keep what it has. A proxy should ask again within a day,
 * because the guardian may have withdrawn the NAR.
 */
const CACHE_CONTROL = "public, max-age=86400, immutable";

/**
 * Status, headers and range by RFC 9110, sections 13.2.2 and 14.2. The entity tag is the Swarm address: strong, and the same
 * on every relay.
 * @param size bytes of the file
 */
export function planNarAnswer(
  address: string,
  size: number,
  { ifNoneMatch, ifRange, range }: NarConditions,
): NarAnswer {
  const etag = `"${address}"`;
  const whole = { start: 0, end: size };
  const always = { ETag: etag, "Cache-Control": CACHE_CONTROL };
  if (matchesEtag(ifNoneMatch, etag)) return { status: 304, headers: always, range: whole };
  const headers = { ...always, "Accept-Ranges": "bytes", "Content-Type": "application/x-nix-nar" };
  // A date or a weak tag never equals the strong one: the whole file then.
  const asked = parseRange(ifRange === undefined || ifRange === etag ? range : undefined, size);
  if (asked === "unsatisfiable") {
    const unsatisfied = { "Accept-Ranges": "bytes", "Cache-Control": "no-store", "Content-Range": `bytes */${size}` };
    return { status: 416, headers: unsatisfied, range: whole };
  }
  if (asked === "whole") return { status: 200, headers: { ...headers, "Content-Length": String(size) }, range: whole };
  const { start, end } = asked;
  return {
    status: 206,
    headers: {
      ...headers,
      "Content-Length": String(end - start),
      "Content-Range": `bytes ${start}-${end - 1}/${size}`,
    },
    range: asked,
  };
}
