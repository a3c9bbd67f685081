import { CatnixError } from "../../errors/catnix-error.js";
import { failWith } from "./http-errors.js";
import type { NodeContext, NodeRequest } from "./node-context.js";
import { batchOf, refuseUpload } from "./request-headers.js";
import { StoredUpload } from "./store-upload.js";

/**
 * Answers an upload whose body comes as a stream.
 * @param take stores what the request brings, and says what it came to
 * @throws CatnixError of the request or of the disk
 */
export async function receiveUpload(
  c: NodeRequest,
  context: NodeContext,
  take: (upload: StoredUpload) => Promise<{ reference: string; headers?: Record<string, string> }>,
): Promise<Response> {
  const refusal = refuseUpload(c.req.raw.headers);
  if (refusal !== undefined) return refusal;
  const upload = new StoredUpload(context, batchOf(c.req.raw.headers));
  try {
    const { reference, headers } = await take(upload);
    return Response.json({ reference }, { status: 201, headers: { ...upload.headers, ...headers } });
  } catch (error) {
    if (error instanceof CatnixError) throw error;
    // Only the request's own stream throws anything else: the client went away.
    context.log.debug({ reason: String(error) }, "an upload broke off");
    return failWith(400, "the request's body broke off");
  }
}
