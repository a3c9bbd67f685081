import type { SigningKey } from "ethers";
import type { Chunk } from "../bmt/chunk.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { type Feed, type FeedUpdate, feedId, readFeedUpdate } from "../owned/feed.js";
import { findLatest, type Found } from "../owned/find-latest.js";
import { makeOwnedChunk, type OwnedChunk } from "../owned/owned-chunk.js";
import { ownerOf } from "../owned/signature.js";
import type { StoreOptions } from "./content-store.js";
import type { OwnedChunkStore } from "./owned-chunk-store.js";

/** An update of a feed that its owner signed. */
export interface ReadUpdate {
  readonly index: number;
  readonly chunk: OwnedChunk;
  readonly update: FeedUpdate;
}

/**
 * The last update of a feed that the endpoint gives. It is the owner's; that none is newer is not proved.
 * @throws CatnixError `FEED_EMPTY`; of {@link OwnedChunkStore.getOwned}
 */
export async function readFeed(store: OwnedChunkStore, feed: Feed, options: StoreOptions = {}): Promise<ReadUpdate> {
  const found = await findLastUpdate(store, feed, options);
  if (found === undefined) throw new CatnixError("FEED_EMPTY", namesOf(feed));
  return { index: found.index, chunk: found.value, update: readFeedUpdate(found.value.wrapped) };
}

/**
 * Signs and stores the next update of the feed of `key`. Two writers at once take the same index, and one update is lost: a
 * feed is for one machine at a time.
 * @param wrapped of `makeReferenceUpdate`, or the root chunk of the content itself
 * @param options.index where the caller knows it, instead of looking for the last one
 * @param options.after number of an update that is known to be there: an endpoint may not give yet what was written to it last
 * @throws CatnixError `FEED_TAKEN` where the endpoint has `index` already; of {@link OwnedChunkStore.putOwned} and `getOwned`
 */
export async function updateFeed(
  store: OwnedChunkStore,
  key: SigningKey,
  topic: Uint8Array,
  wrapped: Chunk,
  options: StoreOptions & { index?: number | undefined; after?: number | undefined } = {},
): Promise<{ index: number; chunk: OwnedChunk }> {
  const feed = { owner: ownerOf(key), topic };
  const index = options.index ?? (await findLastIndex(store, feed, options)) + 1;
  const chunk = makeOwnedChunk(key, feedId(topic, index), wrapped);
  if (options.index !== undefined && (await findUpdate(store, feed, index, options)) !== undefined)
    throw new CatnixError("FEED_TAKEN", { ...namesOf(feed), index });
  await store.putOwned(chunk, options);
  return { index, chunk };
}

/** -1 where there is no update. */
async function findLastIndex(
  store: OwnedChunkStore,
  feed: Feed,
  { after = -1, ...options }: StoreOptions & { after?: number | undefined },
): Promise<number> {
  const found = await findLastUpdate(store, feed, options);
  return Math.max(after, found?.index ?? -1);
}

/**
 * An endpoint that has to search the network for what is not there may take longer than anybody waits. That counts as missing,
 * but where nothing at all is found: then it is the endpoint that does not answer.
 */
async function findLastUpdate(
  store: OwnedChunkStore,
  feed: Feed,
  options: StoreOptions,
): Promise<Found<OwnedChunk> | undefined> {
  let timeout: CatnixError | undefined;
  const found = await findLatest(
    (index, signal) => findUpdate(store, feed, index, { signal }, (error) => (timeout = error)),
    options.signal,
  );
  if (found === undefined && timeout !== undefined) throw timeout;
  return found;
}

async function findUpdate(
  store: OwnedChunkStore,
  { owner, topic }: Feed,
  index: number,
  options: StoreOptions,
  onTimeout: (error: CatnixError) => void = () => undefined,
): Promise<OwnedChunk | undefined> {
  try {
    return await store.getOwned(owner, feedId(topic, index), options);
  } catch (error) {
    if (!isCatnixError(error, "SWARM_NOT_FOUND", "SWARM_TIMEOUT")) throw error;
    if (error.code === "SWARM_TIMEOUT") onTimeout(error);
    return undefined;
  }
}

function namesOf({ owner, topic }: Feed): { owner: string; topic: string } {
  return { owner: `0x${toHex(owner)}`, topic: toHex(topic) };
}
