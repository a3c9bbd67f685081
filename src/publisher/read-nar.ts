import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { checkNarHash } from "../nix/hash-stream.js";
import { listNar } from "../nix/list-nar.js";
import { writeNar } from "../nix/nar-write.js";
import type { PathInfo } from "../nixdb/path-info.js";

/** The listing of a NAR, cut anywhere; undefined where the NAR has none. At most `MAX_LISTING_SIZE` bytes are held. */
export type ListingPieces = readonly Uint8Array[] | undefined;

/** The NAR of a store path as it is made from its files; it can be read once. */
export interface StoreNar extends AsyncIterable<Uint8Array> {
  /**
   * The listing, once the NAR has been read to its end.
   * @throws TypeError before that
   */
  listing(): ListingPieces;
}

/**
 * Makes the NAR of a store path, holds it against Nix's database, and lists it, all in one pass.
 * @param realPath where the files are on disk
 * @throws CatnixError, while it is read: STORE_PATH_MODIFIED at the end where it is not the NAR of the database;
 * FILE_UNREADABLE, NAR_SOURCE_CHANGED, NAR_SOURCE_UNSUPPORTED, NAR_…; and the signal's reason
 */
export function readStoreNar(info: PathInfo, realPath: string, signal: AbortSignal): StoreNar {
  const pieces: Uint8Array[] = [];
  const nar = refuseModified(info, checkNarHash(writeNar(realPath, { signal }), info));
  const listed = listNar(nar, (bytes) => void pieces.push(bytes));
  return {
    [Symbol.asyncIterator]: () => listed[Symbol.asyncIterator](),
    listing: () => (listed.hasListing() ? pieces : undefined),
  };
}

async function* refuseModified({ storePath }: PathInfo, nar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* nar;
  } catch (error) {
    if (!isCatnixError(error, "NAR_HASH_MISMATCH")) throw error;
    const { wanted, got } = error.details;
    throw new CatnixError("STORE_PATH_MODIFIED", { path: storePath, wanted, got }, { cause: error });
  }
}
