/** What a Range header asks of a file: the whole of it, the bytes [start, end), or something it does not have. */
export type AskedRange = "whole" | "unsatisfiable" | { readonly start: number; readonly end: number };

/**
 * Reads a Range header (RFC 9110, section 14). A header that is no range of bytes, or asks for several, counts as none, as
 * the RFC allows.
 * @param size of the file, in bytes
 */
export function parseRange(header: string | undefined, size: number): AskedRange {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? "");
  // Of an empty file every range is the whole, as Go's http.ServeContent has it.
  if (match === null || size === 0) return "whole";
  const [first, last] = [match[1]!, match[2]!];
  if (first === "") {
    if (last === "") return "whole";
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? "unsatisfiable" : { start: size - suffix, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "whole";
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

/** Whether an If-None-Match or If-Match list names `etag` (RFC 9110, section 13.1.2: weak comparison). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((item) => ["*", etag].includes(item.trim().replace(/^W\//, "")));
}
