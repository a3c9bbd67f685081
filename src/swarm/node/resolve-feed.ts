import type { GetChunk } from "../../bmt/join-file.js";
import { equalBytes } from "../../encoding/bytes.js";
import { toHex } from "../../encoding/hex.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import { encodeFeedIndex, type Feed, feedId, readFeedUpdate } from "../../owned/feed.js";
import { findLatest } from "../../owned/find-latest.js";
import { type OwnedChunk, ownedAddress, parseOwnedChunk } from "../../owned/owned-chunk.js";
import type { ChunkSource } from "./chunk-source.js";

/** What the last update of a feed leads to. */
export interface ResolvedFeed {
  readonly chunk: OwnedChunk;
  /** The content's root, 32 bytes, and where its chunks come from: the root itself may be in the update only. */
  readonly root: Uint8Array;
  readonly getChunk: GetChunk;
  /** What a Bee says of the update (pkg/api/feed.go). */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Looks up a feed as a Bee does: an update of 40 bytes names content, where that can be had; any other is the content's root
 * itself (Bee: pkg/api/bzz.go, `resolveFeed`).
 * @returns undefined where no update is found
 */
export async function resolveFeed(source: ChunkSource, feed: Feed): Promise<ResolvedFeed | undefined> {
  const found = await findLatest(async (index) => findUpdate(source, feed, index));
  if (found === undefined) return undefined;
  const { index, value: chunk } = found;
  const update = readFeedUpdate(chunk.wrapped);
  const isReference = update.kind === "reference" && (await hasChunk(source, update.reference));
  const { wrapped } = chunk;
  return {
    chunk,
    root: isReference ? update.reference : wrapped.address,
    getChunk: isReference
      ? (address) => source.get(address)
      : async (address) => (equalBytes(address, wrapped.address) ? wrapped.data : source.get(address)),
    headers: {
      "swarm-feed-index": toHex(encodeFeedIndex(index)),
      "swarm-feed-index-next": toHex(encodeFeedIndex(index + 1)),
      "swarm-feed-resolved-version": isReference ? "v1" : "v2",
    },
  };
}

async function findUpdate(source: ChunkSource, { owner, topic }: Feed, index: number): Promise<OwnedChunk | undefined> {
  const found = await findChunk(source, ownedAddress(owner, feedId(topic, index)));
  return found?.kind === "owned" ? parseOwnedChunk(found.data) : undefined;
}

async function hasChunk(source: ChunkSource, address: Uint8Array): Promise<boolean> {
  return (await findChunk(source, address))?.kind === "content";
}

async function findChunk(source: ChunkSource, address: Uint8Array) {
  try {
    return await source.find(address);
  } catch (error) {
    if (isCatnixError(error, "SWARM_NOT_FOUND")) return undefined;
    throw error;
  }
}
