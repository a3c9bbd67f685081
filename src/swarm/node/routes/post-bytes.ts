import { splitFile } from "../../../bmt/split-file.js";
import { toHex } from "../../../encoding/hex.js";
import { CatnixError } from "../../../errors/catnix-error.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { batchOf, bodyOf, refuseUpload } from "../request-headers.js";

/**
 * `POST /bytes`: splits a file as it comes, a MiB at a time, the root last; answers 201 once all of it is on the disk.
 * An upload that breaks off leaves chunks without a root, which nothing finds and the next attempt uses.
 */
export const postBytes =
  ({ writer, statistics, log }: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const refusal = refuseUpload(c.req.raw.headers);
    if (refusal !== undefined) return refusal;
    const batch = batchOf(c.req.raw.headers);
    let [total, added] = [0, 0];
    try {
      const { address } = await splitFile(bodyOf(c), async (chunks) => {
        const some = await writer.put(chunks, batch);
        total += chunks.length;
        added += some;
        statistics.countNew(some);
      });
      const headers = { "catnix-chunks-new": String(added), "catnix-chunks-total": String(total) };
      return Response.json({ reference: toHex(address) }, { status: 201, headers });
    } catch (error) {
      if (error instanceof CatnixError) throw error;
      // Only the request's own stream throws anything else: the client went away.
      log.debug({ reason: String(error) }, "an upload broke off");
      return failWith(400, "the request's body broke off");
    }
  };
