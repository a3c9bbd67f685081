import type { CatnixError } from "../../errors/catnix-error.js";

/** An answer of Bee's form: `{ code, message }` with the status as code (Bee: pkg/jsonhttp). */
export function failWith(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ code: status, message }, { status, headers });
}

/** The status that a Bee, or for a full disk any HTTP server, answers where this error stopped the request. */
export function statusOf(error: CatnixError): number {
  switch (error.code) {
    case "SWARM_NOT_FOUND":
    case "MANIFEST_INVALID":
      return 404;
    case "SWARM_CHUNK_INVALID":
    case "SITE_UPLOAD_INVALID":
      return 400;
    case "OWNED_CHUNK_INVALID":
      return 401;
    case "SWARM_BATCH_FULL":
      return 402;
    case "SWARM_NODE_FULL":
      return 507;
    default:
      return 500;
  }
}
