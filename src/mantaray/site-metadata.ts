import { fromHex, isHex, toHex } from "../encoding/hex.js";
import { ManifestBuilder } from "./build-manifest.js";
import { type Metadata, REFERENCE_SIZE } from "./manifest-node.js";

/** The path that has what is said of a manifest as a whole (Bee: pkg/manifest, `RootPath`). */
export const ROOT_PATH = "/";

/** Names of metadata (Bee: pkg/manifest/manifest.go, pkg/api/feed.go). */
export const METADATA = {
  contentType: "Content-Type",
  fileName: "Filename",
  indexDocument: "website-index-document",
  errorDocument: "website-error-document",
  feedOwner: "swarm-feed-owner",
  feedTopic: "swarm-feed-topic",
  feedType: "swarm-feed-type",
} as const;

/**
 * The manifest that stands for a feed: `/bzz/<its address>/` shows what the feed's last update names. It is the same whoever
 * makes it (Bee: `POST /feeds/<owner>/<topic>`).
 * @param owner 20 bytes
 * @param topic 32 bytes
 */
export function buildFeedManifest({ owner, topic }: { owner: Uint8Array; topic: Uint8Array }): ManifestBuilder {
  const manifest = new ManifestBuilder();
  const metadata = {
    [METADATA.feedOwner]: toHex(owner),
    [METADATA.feedTopic]: toHex(topic),
    [METADATA.feedType]: "Sequence",
  };
  manifest.add(ROOT_PATH, { reference: new Uint8Array(REFERENCE_SIZE), metadata });
  return manifest;
}

/** The feed that a manifest stands for by the metadata at its {@link ROOT_PATH}; undefined where it is none. */
export function readFeedMetadata(metadata: Metadata): { owner: Uint8Array; topic: Uint8Array } | undefined {
  const owner = metadata[METADATA.feedOwner]?.toLowerCase().replace(/^0x/, "") ?? "";
  const topic = metadata[METADATA.feedTopic]?.toLowerCase() ?? "";
  const type = metadata[METADATA.feedType] ?? "sequence";
  if (!isHex(owner, 20) || !isHex(topic, 32) || type.toLowerCase() !== "sequence") return undefined;
  return { owner: fromHex(owner, 20), topic: fromHex(topic, 32) };
}
