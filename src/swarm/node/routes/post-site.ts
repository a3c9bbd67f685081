import { posix } from "node:path";
import { toHex } from "../../../encoding/hex.js";
import { CatnixError } from "../../../errors/catnix-error.js";
import { ManifestBuilder } from "../../../mantaray/build-manifest.js";
import { METADATA, ROOT_PATH } from "../../../mantaray/site-metadata.js";
import { contentTypeOf } from "../content-types.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { readTar } from "../read-tar.js";
import { receiveUpload } from "../receive-upload.js";
import { bodyOf } from "../request-headers.js";
import type { StoredUpload } from "../store-upload.js";

/** Files of one site; their manifest is made in memory. */
const MAX_FILES = 100_000;
/** Bytes of a header that goes into the manifest. */
const MAX_HEADER = 1024;

/**
 * `POST /bzz`: one file, with its name as `?name=`; or with `swarm-collection: true` a site as a tar archive. Files are stored
 * as they come, the manifest at the end; the answer is its address (Bee: pkg/api/bzz.go, dirs.go).
 */
export const postSite =
  (context: NodeContext) =>
  (c: NodeRequest): Promise<Response> =>
    receiveUpload(c, context, async (upload) => {
      const isSite = c.req.header("swarm-collection")?.toLowerCase() === "true";
      const manifest = isSite ? await storeSite(c, upload) : await storeFile(c, upload);
      const reference = toHex(await manifest.save((bytes) => upload.store([bytes])));
      return { reference, headers: { etag: `"${reference}"` } };
    });

async function storeFile(c: NodeRequest, upload: StoredUpload): Promise<ManifestBuilder> {
  const name = c.req.query("name") ?? "";
  const contentType = headerOf(c, "content-type") || "application/octet-stream";
  if (name.startsWith("/") || name.length > MAX_HEADER) throw invalid("its name begins with a slash, or is too long");
  const reference = await upload.store(bodyOf(c));
  const fileName = name === "" ? toHex(reference) : name;
  const manifest = new ManifestBuilder();
  manifest.add(ROOT_PATH, { metadata: { [METADATA.indexDocument]: fileName } });
  const metadata = { [METADATA.contentType]: contentType, [METADATA.fileName]: fileName };
  manifest.add(fileName, { reference, metadata });
  return manifest;
}

async function storeSite(c: NodeRequest, upload: StoredUpload): Promise<ManifestBuilder> {
  const [type = ""] = headerOf(c, "content-type").split(";");
  if (type.trim().toLowerCase() !== "application/x-tar") throw invalid("its content type is not application/x-tar");
  const index = headerOf(c, "swarm-index-document");
  const error = headerOf(c, "swarm-error-document");
  if (index.includes("/")) throw invalid("the name of its index document has a slash");
  const manifest = new ManifestBuilder();
  let files = 0;
  for await (const { path, body } of readTar(bodyOf(c))) {
    if (++files > MAX_FILES) throw invalid(`it has more than ${MAX_FILES} files`);
    const metadata = { [METADATA.contentType]: contentTypeOf(path), [METADATA.fileName]: posix.basename(path) };
    manifest.add(path, { reference: await upload.store(body), metadata });
  }
  if (files === 0) throw invalid("it has no files");
  const metadata = {
    ...(index === "" ? {} : { [METADATA.indexDocument]: index }),
    ...(error === "" ? {} : { [METADATA.errorDocument]: error }),
  };
  if (Object.keys(metadata).length > 0) manifest.add(ROOT_PATH, { metadata });
  return manifest;
}

function headerOf(c: NodeRequest, name: string): string {
  const value = c.req.header(name)?.trim() ?? "";
  if (value.length > MAX_HEADER) throw invalid(`the header ${name} is too long`);
  return value;
}

function invalid(reason: string): CatnixError {
  return new CatnixError("SITE_UPLOAD_INVALID", { reason });
}
