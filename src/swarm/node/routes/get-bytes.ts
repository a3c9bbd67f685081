import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { parseAddress } from "../request-headers.js";
import { serveFile } from "../serve-file.js";

/** `GET` and `HEAD /bytes/:address`: a file, or one range of it (Bee: pkg/api/bytes.go). */
export const getBytes =
  (context: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const root = parseAddress(c.req.param("address"));
    if (root === undefined) return failWith(400, "invalid path params: address");
    return serveFile(context, c, { root, getChunk: (chunk) => context.source.get(chunk) });
  };
