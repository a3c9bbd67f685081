import { Readable } from "node:stream";
import { drain } from "../encoding/drain.js";
import type { PathInfo } from "../nixdb/path-info.js";
import type { ContentStore, WrittenFile } from "../swarm/content-store.js";
import { type ListingPieces, readStoreNar } from "./read-nar.js";
import { type RetryOptions, retryUpload } from "./retry-upload.js";

export interface ListingOptions extends RetryOptions {
  readonly store: ContentStore;
  readonly signal: AbortSignal;
}

/**
 * Uploads a listing.
 * @returns undefined where the NAR has none
 * @throws CatnixError SWARM_…; and the signal's reason
 */
export async function uploadListing(pieces: ListingPieces, options: ListingOptions): Promise<WrittenFile | undefined> {
  if (pieces === undefined) return undefined;
  const { store, signal } = options;
  const [first = new Uint8Array(0), ...more] = pieces;
  // Most are one piece; of the others no second copy is made.
  return retryUpload(() => store.write(more.length === 0 ? first : Readable.from(pieces), { signal }), options);
}

/**
 * Makes the listing of a store path whose NAR is on Swarm already, and uploads it.
 * @throws CatnixError STORE_PATH_MODIFIED, and what reading the files and {@link uploadListing} throw
 */
export async function remakeListing(
  info: PathInfo,
  realPath: string,
  options: ListingOptions,
): Promise<WrittenFile | undefined> {
  const nar = readStoreNar(info, realPath, options.signal);
  await drain(nar);
  return uploadListing(nar.listing(), options);
}
