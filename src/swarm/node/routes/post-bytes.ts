import { toHex } from "../../../encoding/hex.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { receiveUpload } from "../receive-upload.js";
import { bodyOf } from "../request-headers.js";

/**
 * `POST /bytes`: stores a file as it comes; answers 201 once all of it is on the disk. An upload that breaks off leaves chunks
 * without a root, which nothing finds and the next attempt uses.
 */
export const postBytes =
  (context: NodeContext) =>
  (c: NodeRequest): Promise<Response> =>
    receiveUpload(c, context, async (upload) => ({ reference: toHex(await upload.store(bodyOf(c))) }));
