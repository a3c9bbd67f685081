import { type GetChunk, joinFile } from "../../bmt/join-file.js";
import { toHex } from "../../encoding/hex.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import { matchesEtag, parseRange } from "../byte-range.js";
import { failWith } from "./http-errors.js";
import type { NodeContext, NodeRequest } from "./node-context.js";
import { sendFile } from "./response-body.js";

/** A file that is asked for. */
export interface AskedFile {
  /** Its root, 32 bytes. */
  readonly root: Uint8Array;
  readonly getChunk: GetChunk;
  /** Beside those of any file, or in place of them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers `GET` and `HEAD` with a file or one range of it (Bee: Go's `http.ServeContent`).
 * @throws CatnixError `SWARM_NOT_FOUND`, `SWARM_CHUNK_INVALID` before anything is sent
 */
export async function serveFile(
  { log }: NodeContext,
  c: NodeRequest,
  { root, getChunk, headers: further = {} }: AskedFile,
): Promise<Response> {
  const address = toHex(root);
  const file = await joinFile(root, getChunk);
  const etag = `"${address}"`;
  if (matchesEtag(c.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers: { etag } });

  const ifRange = c.req.header("if-range");
  const range = parseRange(ifRange === undefined || ifRange === etag ? c.req.header("range") : undefined, file.size);
  if (range === "unsatisfiable")
    return failWith(416, "range not satisfiable", { "content-range": `bytes */${file.size}` });
  const { start, end } = range === "whole" ? { start: 0, end: file.size } : range;
  const headers: Record<string, string> = {
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    ...further,
    etag,
    "content-length": String(end - start),
  };
  if (range !== "whole") headers["content-range"] = `bytes ${start}-${end - 1}/${file.size}`;
  const status = range === "whole" ? 200 : 206;
  if (c.req.method === "HEAD") return new Response(null, { status, headers });
  return sendFile({ status, headers, source: file.read(start, end) }, c.env.outgoing, (error) => {
    // A reader that left is no news; a chunk that is missing is.
    if (isCatnixError(error))
      log.warn({ address, reason: error.message }, "a file is incomplete, its download broke off");
  });
}
