import { joinFile } from "../../../bmt/join-file.js";
import { toHex } from "../../../encoding/hex.js";
import { isCatnixError } from "../../../errors/catnix-error.js";
import { matchesEtag, parseRange } from "../../byte-range.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { parseAddress } from "../request-headers.js";
import { sendFile } from "../response-body.js";

/** `GET` and `HEAD /bytes/:address`: a file, or one range of it (Bee: pkg/api/bytes.go and Go's `http.ServeContent`). */
export const getBytes =
  ({ source, log }: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const root = parseAddress(c.req.param("address"));
    if (root === undefined) return failWith(400, "invalid path params: address");
    const address = toHex(root);
    const file = await joinFile(root, (chunk) => source.get(chunk));
    const etag = `"${address}"`;
    if (matchesEtag(c.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers: { etag } });

    const ifRange = c.req.header("if-range");
    const range = parseRange(ifRange === undefined || ifRange === etag ? c.req.header("range") : undefined, file.size);
    if (range === "unsatisfiable") {
      return failWith(416, "range not satisfiable", { "content-range": `bytes */${file.size}` });
    }
    const { start, end } = range === "whole" ? { start: 0, end: file.size } : range;
    const headers: Record<string, string> = {
      "accept-ranges": "bytes",
      "content-length": String(end - start),
      "content-type": "application/octet-stream",
      etag,
    };
    if (range !== "whole") headers["content-range"] = `bytes ${start}-${end - 1}/${file.size}`;
    const status = range === "whole" ? 200 : 206;
    if (c.req.method === "HEAD") return new Response(null, { status, headers });
    return sendFile({ status, headers, source: file.read(start, end) }, c.env.outgoing, (error) => {
      // A reader that left is no news; a chunk that is missing is.
      if (isCatnixError(error))
        log.warn({ address, reason: error.message }, "a file is incomplete, its download broke off");
    });
  };
