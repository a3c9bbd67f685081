import type { Chunk } from "../../../bmt/chunk.js";
import { joinFile } from "../../../bmt/join-file.js";
import { drain } from "../../../encoding/drain.js";
import { isCatnixError } from "../../../errors/catnix-error.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { batchOf, parseAddress, refuseUpload } from "../request-headers.js";

/** `GET /stewardship/:address`: whether every chunk of a file can be had, from here or from a peer (Bee: pkg/steward). */
export const getStewardship =
  (context: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const root = parseAddress(c.req.param("address"));
    if (root === undefined) return failWith(400, "invalid path params: address");
    return Response.json({ isRetrievable: await readWhole(context, root) });
  };

/**
 * `PUT /stewardship/:address`: sends every chunk of a file again. Here they stay where they are, and are paid for once: what is
 * missing is fetched from a peer, and what no one has cannot be sent.
 */
export const putStewardship =
  (context: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const root = parseAddress(c.req.param("address"));
    if (root === undefined) return failWith(400, "invalid path params: address");
    const refusal = refuseUpload(c.req.raw.headers);
    if (refusal !== undefined) return refusal;
    const batch = batchOf(c.req.raw.headers);
    const send = async (chunk: Chunk) => {
      await context.writer.put([chunk], batch);
    };
    if (!(await readWhole(context, root, send))) return failWith(500, "re-upload failed");
    return Response.json({ code: 200, message: "OK" });
  };

/** @returns whether every chunk of the file was read */
async function readWhole(
  { source }: NodeContext,
  root: Uint8Array,
  each: (chunk: Chunk) => Promise<void> = () => Promise.resolve(),
): Promise<boolean> {
  try {
    const file = await joinFile(root, async (address) => {
      const data = await source.get(address);
      await each({ address, data });
      return data;
    });
    await drain(file.read());
    return true;
  } catch (error) {
    if (isCatnixError(error, "SWARM_NOT_FOUND", "SWARM_CHUNK_INVALID")) return false;
    throw error;
  }
}
