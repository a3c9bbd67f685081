import { posix } from "node:path";
import { type GetChunk, joinFile } from "../../../bmt/join-file.js";
import { toHex } from "../../../encoding/hex.js";
import { CatnixError } from "../../../errors/catnix-error.js";
import { MAX_NODE_SIZE, type Metadata } from "../../../mantaray/manifest-node.js";
import { type LoadNode, ManifestReader } from "../../../mantaray/manifest-reader.js";
import { METADATA, readFeedMetadata, ROOT_PATH } from "../../../mantaray/site-metadata.js";
import { readAtMost } from "../../read-at-most.js";
import type { ChunkSource } from "../chunk-source.js";
import { findInSite } from "../find-in-site.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { parseAddress } from "../request-headers.js";
import { resolveFeed } from "../resolve-feed.js";
import { serveFile } from "../serve-file.js";

/** A site and, where its address is that of a feed, what a Bee says of the update. */
interface Site {
  readonly manifest: ManifestReader;
  readonly headers: Readonly<Record<string, string>>;
}

/** `GET` and `HEAD /bzz/:address/<path>`: a file of a site, or of the site that a feed leads to (Bee: pkg/api/bzz.go). */
export const getSite =
  (context: NodeContext) =>
  async (c: NodeRequest): Promise<Response> => {
    const url = new URL(c.req.url);
    const root = parseAddress(c.req.param("address"));
    const path = pathOf(url);
    if (root === undefined || path === undefined) return failWith(400, "invalid path params");
    if (path === "missing") return redirectToFolder(url);
    const site = await openSite(context.source, root);
    if (site === undefined) return failWith(404, "no update found");
    const found = await findInSite(site.manifest, path.text);
    if (found === "folder") return redirectToFolder(url);
    if (found?.reference === undefined) return failWith(404, "path address not found");
    const headers = { ...headersOf(found.metadata), ...site.headers };
    const getChunk: GetChunk = (address) => context.source.get(address);
    return serveFile(context, c, { root: found.reference, getChunk, headers });
  };

/** @returns undefined where it is the address of a feed without updates */
async function openSite(source: ChunkSource, root: Uint8Array): Promise<Site | undefined> {
  const manifest = new ManifestReader(
    root,
    loadFrom((address) => source.get(address)),
  );
  const feed = readFeedMetadata((await manifest.find(ROOT_PATH))?.metadata ?? {});
  if (feed === undefined) return { manifest, headers: {} };
  const resolved = await resolveFeed(source, feed);
  if (resolved === undefined) return undefined;
  return { manifest: new ManifestReader(resolved.root, loadFrom(resolved.getChunk)), headers: resolved.headers };
}

/** Reads a manifest's nodes, which are files; one that is too long is not read. */
function loadFrom(getChunk: GetChunk): LoadNode {
  return async (address) => {
    const file = await joinFile(address, getChunk);
    if (file.size > MAX_NODE_SIZE)
      throw new CatnixError("MANIFEST_INVALID", { address: toHex(address), reason: `a node of ${file.size} bytes` });
    return readAtMost(file.read(), file.size);
  };
}

/** What comes after the address; undefined where it is no text, "missing" where not even the slash is there. */
function pathOf({ pathname }: URL): { text: string } | "missing" | undefined {
  const start = pathname.indexOf("/", "/bzz/".length);
  if (start < 0) return "missing";
  try {
    return { text: decodeURIComponent(pathname.slice(start + 1)).replace(/\/+$/, "/") };
  } catch {
    return undefined;
  }
}

function redirectToFolder({ pathname, search }: URL): Response {
  return new Response(null, { status: 308, headers: { location: `${pathname}/${search}` } });
}

/** What a manifest says of a file, as far as it can stand in a header: anybody may have written it. */
function headersOf(metadata: Metadata): Record<string, string> {
  const type = metadata[METADATA.contentType] ?? "";
  const name = posix.basename(metadata[METADATA.fileName] ?? "").replaceAll(/[^\x20-\x7e]|["\\]/g, "_");
  return {
    ...(/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(type) ? { "content-type": type } : {}),
    ...(name === "" ? {} : { "content-disposition": `inline; filename="${name}"` }),
  };
}
