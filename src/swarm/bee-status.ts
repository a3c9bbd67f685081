import { CatnixError } from "../errors/catnix-error.js";

/** What a request was about: content to read, a postage batch to pay an upload with, or the node itself. */
export type Subject = { readonly address: string } | { readonly batch: string } | { readonly about: "node" };

/**
 * The error that a Bee's status means, by what was asked (Bee: pkg/api, `jsonhttp` answers). Reading, 404 and 500 are alike:
 * a Bee answers 500 where the network did not find a chunk. But 500 may also be a fault of the node, so that the error says it.
 * @param retryAfterMs what the node asks for where it is busy, in milliseconds
 */
export function errorOfStatus(
  url: string,
  status: number,
  reason: string,
  subject: Subject,
  retryAfterMs?: number,
): CatnixError {
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    return new CatnixError("SWARM_BUSY", { url, status, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }
  if ("address" in subject) {
    const { address } = subject;
    if (status === 404) return new CatnixError("SWARM_NOT_FOUND", { address });
    if (status === 500)
      return new CatnixError("SWARM_NOT_FOUND", { address, reason: `${url} failed with status 500: ${reason}` });
  } else if ("batch" in subject) {
    const { batch } = subject;
    if (status === 402) return new CatnixError("SWARM_BATCH_FULL", { batch, reason });
    if (status === 404 || status === 422) return new CatnixError("SWARM_BATCH_UNUSABLE", { batch, reason });
    if (status === 507) return new CatnixError("SWARM_NODE_FULL", { reason });
    if (status >= 500) return new CatnixError("SWARM_UPLOAD_FAILED", { url, status, reason });
  }
  if (status >= 400 && status < 500) return new CatnixError("SWARM_REQUEST_REFUSED", { url, status, reason });
  return new CatnixError("SWARM_ANSWER_INVALID", { url, reason: `status ${status}: ${reason}` });
}
