import { matchesEtag, parseRange } from "../swarm/byte-range.js";

/** Bytes [start, end) of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file of Swarm as the relay serves it. */
export interface ServedFile {
  /** 64 hex digits. It is also the entity tag: strong, and the same on every relay. */
  readonly address: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** What a request for a file comes to, before anything is read from Swarm. */
export interface FileAnswer {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Record<string, string>;
  /** What to send, for 200 and 206. */
  readonly range: ByteRange;
}

/** The request's headers that count. */
export interface FileConditions {
  readonly ifNoneMatch?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly range?: string | undefined;
}

/** The headers of a 304; undefined where the client does not have the file already. */
export function planUnmodified(
  { address, cacheControl }: Pick<ServedFile, "address" | "cacheControl">,
  ifNoneMatch: string | undefined,
): Record<string, string> | undefined {
  const etag = `"${address}"`;
  return matchesEtag(ifNoneMatch, etag) ? { ETag: etag, "Cache-Control": cacheControl } : undefined;
}

/** Status, headers and range by RFC 9110, sections 13.2.2 and 14.2. */
export function planFileAnswer(file: ServedFile, { ifNoneMatch, ifRange, range }: FileConditions): FileAnswer {
  const { address, size, contentType, cacheControl } = file;
  const etag = `"${address}"`;
  const whole = { start: 0, end: size };
  const unmodified = planUnmodified(file, ifNoneMatch);
  if (unmodified !== undefined) return { status: 304, headers: unmodified, range: whole };
  const headers = {
    ETag: etag,
    "Cache-Control": cacheControl,
    "Accept-Ranges": "bytes",
    "Content-Type": contentType,
  };
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
