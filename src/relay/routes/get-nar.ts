import { logFailure } from "../log-failure.js";
import type { RelayContext, RelayHandler, RelayRequest } from "../relay-context.js";
import { sendNotFound } from "../send.js";
import { serveFile } from "../serve-file.js";

const NAR = /^([0-9a-f]{64})\.nar(\.zst)?$/;

/**
 * A NAR's URL never changes its meaning, so that a client may keep what it has. A proxy should ask again within a day,
 * because the guardian may have withdrawn the NAR.
 */
const SERVED_AS = { contentType: "application/x-nix-nar", cacheControl: "public, max-age=86400, immutable" };

/**
 * `/nar/<Swarm address>.nar[.zst]`: bytes from Swarm, where the index knows the address as the NAR of an approved record that is
 * not withdrawn. HEAD is answered from the index alone.
 */
export function getNar(context: RelayContext): RelayHandler {
  return (c) => {
    const match = NAR.exec(c.req.param("file") ?? "");
    if (match === null) return sendNotFound(c);
    const [, address, extension] = match as unknown as [string, string, string | undefined];
    const nar = findNar(context, c, address);
    if (nar?.compression !== (extension === undefined ? "none" : "zstd")) return sendNotFound(c);
    return serveFile(context, c, { ...SERVED_AS, address, size: nar.fileSize }, context.metrics.narFailures);
  };
}

function findNar(context: RelayContext, c: RelayRequest, address: string) {
  try {
    return context.index.findNar(address);
  } catch (error) {
    logFailure(context, c, error, { address });
    return undefined;
  }
}
