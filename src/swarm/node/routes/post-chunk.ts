import { parseChunk } from "../../../bmt/chunk.js";
import { MAX_CHUNK_DATA_SIZE } from "../../../bmt/constants.js";
import { toHex } from "../../../encoding/hex.js";
import { readAtMost } from "../../read-at-most.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { batchOf, bodyOf, refuseUpload } from "../request-headers.js";

/** `POST /chunks`: stores one chunk of a plain file, span ‖ payload. */
export const postChunk =
  ({ writer, statistics }: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const refusal = refuseUpload(c.req.raw.headers);
    if (refusal !== undefined) return refusal;
    // One byte more than a chunk can have, so that a longer body does not pass for a chunk.
    const chunk = parseChunk(await readAtMost(bodyOf(c), MAX_CHUNK_DATA_SIZE + 1));
    const added = await writer.put([chunk], batchOf(c.req.raw.headers));
    statistics.countNew(added);
    const headers = { "catnix-chunks-new": String(added), "catnix-chunks-total": "1" };
    return Response.json({ reference: toHex(chunk.address) }, { status: 201, headers });
  };
