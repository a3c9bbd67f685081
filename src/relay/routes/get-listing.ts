import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { decodeSpan } from "../../bmt/span.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { MAX_LISTING_SIZE } from "../../nix/listing-encoder.js";
import { parseHashPart } from "../../nix/store-path.js";
import { planUnmodified } from "../file-answer.js";
import { logFailure } from "../log-failure.js";
import type { RelayContext, RelayHandler, RelayRequest } from "../relay-context.js";
import { outgoingOf, send, sendNotFound } from "../send.js";
import { serveFile } from "../serve-file.js";
import { signalOfClient } from "../write-body.js";

const LISTING = /^([0-9abcdfghijklmnpqrsvwxyz]{32})\.ls$/;

/** Short like a narinfo's: the path may get another build, whose offsets are others. The entity tag is what stays. */
const SERVED_AS = { contentType: "application/json", cacheControl: "public, max-age=30" };

/**
 * `/<hash part>.ls`: the listing of the NAR that the path translates to, from Swarm. 404 where there is no translation, or
 * its record names no listing. The index does not know its size: HEAD too asks Swarm, for one chunk.
 */
export function getListing(context: RelayContext): RelayHandler {
  return async (c) => {
    const hashPart = LISTING.exec(c.req.param("file") ?? "")?.[1];
    const address = hashPart === undefined ? undefined : findListing(context, c, hashPart);
    if (address === undefined) return sendNotFound(c);
    const unmodified = planUnmodified({ ...SERVED_AS, address }, c.req.header("if-none-match"));
    if (unmodified !== undefined) return send(c, 304, unmodified);
    const { listingFailures } = context.metrics;
    const outgoing = outgoingOf(c);
    const signal = outgoing && signalOfClient(outgoing);
    let size: number;
    try {
      size = await context.limitNars(() => readSize(context, address, signal));
    } catch (error) {
      if (signal?.aborted) return RESPONSE_ALREADY_SENT;
      listingFailures.labels(logFailure(context, c, error, { address })).inc();
      return sendNotFound(c);
    }
    return serveFile(context, c, { ...SERVED_AS, address, size }, listingFailures);
  };
}

function findListing(context: RelayContext, c: RelayRequest, hashPart: string): string | undefined {
  try {
    const mapping = context.index.findMapping(parseHashPart(hashPart));
    return mapping && context.index.recordOf(mapping).listing;
  } catch (error) {
    logFailure(context, c, error, { hashPart });
    return undefined;
  }
}

/** Bytes of a listing, from its root chunk: that was verified, what a node says of a length is not. */
async function readSize({ store }: RelayContext, address: string, signal: AbortSignal | undefined): Promise<number> {
  signal?.throwIfAborted(); // gone while it waited for its turn
  const size = Number(decodeSpan(await store.getChunk(address, { signal })));
  if (size > MAX_LISTING_SIZE) throw new CatnixError("SWARM_TOO_LARGE", { address, size, maxBytes: MAX_LISTING_SIZE });
  return size;
}
