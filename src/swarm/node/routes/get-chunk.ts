import { failWith } from "../http-errors.js";
import { LOCAL_ONLY } from "../local-only.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { parseAddress } from "../request-headers.js";

/**
 * `GET` and `HEAD /chunks/:address`: a chunk's data, span ‖ payload, after identifier and signature where it is an owned one.
 */
export const getChunk =
  ({ source }: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const address = parseAddress(c.req.param("address"));
    if (address === undefined) return failWith(400, "invalid path params: address");
    const local = c.req.header(LOCAL_ONLY) === "true";
    const chunk = local ? source.getLocal(address) : await source.find(address);
    if (chunk === undefined) return failWith(404, "chunk not found");
    const { data } = chunk;
    const headers = { "content-type": "binary/octet-stream", "content-length": String(data.length) };
    return new Response(c.req.method === "HEAD" ? null : (data as Uint8Array<ArrayBuffer>), { headers });
  };
