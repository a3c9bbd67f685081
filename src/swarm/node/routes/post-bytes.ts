import { toHex } from "../../../encoding/hex.js";
import { CatnixError } from "../../../errors/catnix-error.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { batchOf, bodyOf, refuseUpload } from "../request-headers.js";
import { StoredUpload } from "../store-upload.js";

/**
 * `POST /bytes`: stores a file as it comes; answers 201 once all of it is on the disk. An upload that breaks off leaves chunks
 * without a root, which nothing finds and the next attempt uses.
 */
export const postBytes =
  (context: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const refusal = refuseUpload(c.req.raw.headers);
    if (refusal !== undefined) return refusal;
    const upload = new StoredUpload(context, batchOf(c.req.raw.headers));
    try {
      const address = await upload.store(bodyOf(c));
      return Response.json({ reference: toHex(address) }, { status: 201, headers: upload.headers });
    } catch (error) {
      if (error instanceof CatnixError) throw error;
      // Only the request's own stream throws anything else: the client went away.
      context.log.debug({ reason: String(error) }, "an upload broke off");
      return failWith(400, "the request's body broke off");
    }
  };
