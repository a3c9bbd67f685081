import { fromHex, isHex, toHex } from "../../../encoding/hex.js";
import { buildFeedManifest } from "../../../mantaray/site-metadata.js";
import { type Feed, TOPIC_SIZE } from "../../../owned/feed.js";
import { OWNER_SIZE } from "../../../owned/owned-chunk.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { batchOf, refuseUpload } from "../request-headers.js";
import { resolveFeed } from "../resolve-feed.js";
import { serveFile } from "../serve-file.js";
import { StoredUpload } from "../store-upload.js";

const FEED_HEADERS = "swarm-feed-index, swarm-feed-index-next, swarm-soc-signature";

/**
 * `GET` and `HEAD /feeds/:owner/:topic`: what the last update leads to; with the header `swarm-only-root-chunk: true` only its
 * root chunk, span ‖ payload (Bee: pkg/api/feed.go).
 */
export const getFeed =
  (context: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const feed = parseFeed(c);
    if (feed === undefined) return failWith(400, "invalid path params");
    const resolved = await resolveFeed(context.source, feed);
    if (resolved === undefined) return failWith(404, "no update found");
    const { root, getChunk } = resolved;
    const headers = {
      ...resolved.headers,
      "swarm-soc-signature": toHex(resolved.chunk.signature),
      "access-control-expose-headers": FEED_HEADERS,
    };
    if (c.req.header("swarm-only-root-chunk")?.toLowerCase() !== "true")
      return serveFile(context, c, { root, getChunk, headers });
    const data = await getChunk(root, c.req.raw.signal);
    return new Response(data as Uint8Array<ArrayBuffer>, {
      headers: { ...headers, "content-type": "application/octet-stream", "content-length": String(data.length) },
    });
  };

/** `POST /feeds/:owner/:topic`: stores the manifest that stands for the feed, under which `/bzz` shows what it leads to. */
export const postFeed =
  (context: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const feed = parseFeed(c);
    if (feed === undefined) return failWith(400, "invalid path params");
    const refusal = refuseUpload(c.req.raw.headers);
    if (refusal !== undefined) return refusal;
    const upload = new StoredUpload(context, batchOf(c.req.raw.headers));
    const reference = await buildFeedManifest(feed).save((bytes) => upload.store([bytes]));
    return Response.json({ reference: toHex(reference) }, { status: 201, headers: upload.headers });
  };

function parseFeed(c: NodeRequest): Feed | undefined {
  const [owner = "", topic = ""] = [c.req.param("owner")?.toLowerCase(), c.req.param("topic")?.toLowerCase()];
  if (!isHex(owner, OWNER_SIZE) || !isHex(topic, TOPIC_SIZE)) return undefined;
  return { owner: fromHex(owner, OWNER_SIZE), topic: fromHex(topic, TOPIC_SIZE) };
}
