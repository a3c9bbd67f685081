import { fromHex, isHex } from "../../encoding/hex.js";
import { failWith } from "./http-errors.js";
import type { NodeRequest } from "./node-context.js";

/** Headers of uploads that this node cannot honour, and the values that ask for nothing. */
const UNSUPPORTED: Record<string, RegExp> = {
  "swarm-redundancy-level": /^0?$/,
  "swarm-encrypt": /^(false|0)?$/i,
  "swarm-act": /^(false|0)?$/i,
};

/**
 * Checks an upload's headers. A postage batch must be named, as with a Bee, so that a client that forgets it is found out
 * here; any batch will do, see {@link batchOf}. Erasure coding and encryption change addresses: refused.
 * @returns the refusal, undefined where all is well
 */
export function refuseUpload(headers: Headers): Response | undefined {
  const batch = headers.get("swarm-postage-batch-id");
  if (batch === null || !isHex(batch.toLowerCase(), 32))
    return failWith(400, "invalid header params: swarm-postage-batch-id");
  for (const [name, allowed] of Object.entries(UNSUPPORTED)) {
    if (!allowed.test(headers.get(name) ?? "")) return failWith(400, `invalid header params: ${name} is not supported`);
  }
  return undefined;
}

/** The batch that an upload, which is not refused, names: 64 hexadecimal digits. */
export function batchOf(headers: Headers): string {
  return headers.get("swarm-postage-batch-id")!.toLowerCase();
}

/** A request's body: behind a socket Node's own stream, since making a web stream of it costs more than a small upload. */
export function bodyOf({ env, req }: NodeRequest): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return (env.incoming as AsyncIterable<Uint8Array> | undefined) ?? req.raw.body ?? [];
}

/** An address in a path, 64 hexadecimal digits, as 32 bytes; undefined where it is something else. */
export function parseAddress(text: string | undefined): Uint8Array | undefined {
  const lower = text?.toLowerCase() ?? "";
  return isHex(lower, 32) ? fromHex(lower, 32) : undefined;
}
