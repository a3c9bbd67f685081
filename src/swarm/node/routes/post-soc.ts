import { MAX_CHUNK_DATA_SIZE, SPAN_SIZE } from "../../../bmt/constants.js";
import { concatBytes, equalBytes } from "../../../encoding/bytes.js";
import { fromHex, isHex, toHex } from "../../../encoding/hex.js";
import { ID_SIZE, OWNER_SIZE, parseOwnedChunk } from "../../../owned/owned-chunk.js";
import { SIGNATURE_SIZE } from "../../../owned/signature.js";
import { readAtMost } from "../../read-at-most.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { batchOf, bodyOf, refuseUpload } from "../request-headers.js";

/**
 * `POST /soc/:owner/:id?sig=…`, body span ‖ payload: stores an owned chunk, in place of the one that was there (Bee:
 * pkg/api/soc.go). 401 where the owner did not sign it.
 */
export const postSoc =
  ({ writer, statistics }: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const owner = parseBytes(c.req.param("owner"), OWNER_SIZE);
    const id = parseBytes(c.req.param("id"), ID_SIZE);
    if (owner === undefined || id === undefined) return failWith(400, "invalid path params");
    const signature = parseBytes(c.req.query("sig"), SIGNATURE_SIZE);
    if (signature === undefined) return failWith(400, "invalid query params: sig");
    const refusal = refuseUpload(c.req.raw.headers);
    if (refusal !== undefined) return refusal;
    // One byte more than a chunk can have, so that a longer body does not pass for a chunk.
    const content = await readAtMost(bodyOf(c), MAX_CHUNK_DATA_SIZE + 1);
    if (content.length < SPAN_SIZE) return failWith(400, "short chunk data");
    if (content.length > MAX_CHUNK_DATA_SIZE) return failWith(413, "payload too large", { connection: "close" });
    const chunk = parseOwnedChunk(concatBytes(id, signature, content));
    if (!equalBytes(chunk.owner, owner)) return failWith(401, "invalid chunk");
    const added = await writer.put([chunk], batchOf(c.req.raw.headers));
    statistics.countNew(added);
    const headers = { "catnix-chunks-new": String(added), "catnix-chunks-total": "1" };
    return Response.json({ reference: toHex(chunk.address) }, { status: 201, headers });
  };

function parseBytes(text: string | undefined, size: number): Uint8Array | undefined {
  const lower = text?.toLowerCase() ?? "";
  return isHex(lower, size) ? fromHex(lower, size) : undefined;
}
