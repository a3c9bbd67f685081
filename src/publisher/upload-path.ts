import { formatRecord } from "../cat/record.js";
import { hashStream } from "../nix/hash-stream.js";
import { formatNixSha256 } from "../nix/nix-hash.js";
import type { PathInfo } from "../nixdb/path-info.js";
import type { WrittenFile } from "../swarm/content-store.js";
import { compressNar } from "./compress-nar.js";
import type { Upload } from "./journal.js";
import { makeRecord, type NarFile } from "./make-record.js";
import { type ListingPieces, readStoreNar } from "./read-nar.js";
import { retryUpload } from "./retry-upload.js";
import { type ListingOptions, remakeListing, uploadListing } from "./upload-listing.js";

export interface UploadOptions extends ListingOptions {
  /** The one store folder of the registry. */
  readonly storeDir: string;
  /** Level of zstd, 1 to 19. */
  readonly level: number;
  /** Called with the bytes of NAR that were read, piece by piece; less than 0 where an attempt is made again. */
  readonly onBytes?: ((narBytes: number) => void) | undefined;
}

/** An upload, and what each of its files came to. */
export interface UploadedPath extends Upload {
  readonly files: readonly WrittenFile[];
}

/**
 * Uploads the NAR of a store path, its listing where it has one, and then its record. The NAR is made, checked, listed,
 * compressed, hashed and sent in one pass; memory does not depend on its size, only on that of its listing.
 * @param realPath where the files are on disk
 * @throws CatnixError STORE_PATH_MODIFIED where the NAR is not the one of Nix's database: no file of it is complete on
 * Swarm then; FILE_UNREADABLE, NAR_SOURCE_CHANGED, NAR_SOURCE_UNSUPPORTED, NAR_…, CAT_RECORD_INVALID; SWARM_…;
 * and the signal's reason
 */
export async function uploadPath(info: PathInfo, realPath: string, options: UploadOptions): Promise<UploadedPath> {
  const { written, narFile, pieces } = await retryUpload(() => uploadNar(info, realPath, options), options);
  const listing = await uploadListing(pieces, options);
  const files = [written, ...(listing ? [listing] : [])];
  return uploadRecord(info, { ...narFile, listing: listing?.address }, files, options);
}

/**
 * Uploads what is missing of a path whose NAR is on Swarm: the listing, which uploads by older versions lack, and the record,
 * which would say more today where a signature came to the database. A NAR without a listing is read each time, to know so.
 * @returns undefined where nothing is missing
 * @throws CatnixError like {@link uploadPath}
 */
export async function uploadRest(
  info: PathInfo,
  realPath: string,
  { record, text, swarmId }: Upload,
  options: UploadOptions,
): Promise<UploadedPath | undefined> {
  const { store, storeDir, signal } = options;
  const has = async (address: string | undefined) => address !== undefined && (await store.has(address, { signal }));
  const hasListing = await has(record.listing);
  const made = hasListing ? undefined : await remakeListing(info, realPath, options);
  const narFile = { ...record, listing: hasListing ? record.listing : made?.address };
  const isSame = formatRecord(makeRecord(info, narFile, storeDir), storeDir) === text;
  if (made === undefined && isSame && (await has(swarmId))) return undefined;
  return uploadRecord(info, narFile, made ? [made] : [], options);
}

/**
 * Uploads the record of a path whose other files are on Swarm.
 * @param before what was uploaded of the path until now
 * @throws CatnixError CAT_RECORD_INVALID, SWARM_…; and the signal's reason
 */
export async function uploadRecord(
  info: PathInfo,
  narFile: NarFile,
  before: readonly WrittenFile[],
  options: Pick<UploadOptions, "store" | "storeDir" | "signal" | "retries" | "onRetry">,
): Promise<UploadedPath> {
  const { store, storeDir, signal } = options;
  const record = makeRecord(info, narFile, storeDir);
  const text = formatRecord(record, storeDir);
  const written = await retryUpload(() => store.write(Buffer.from(text), { signal }), options);
  return { record, text, swarmId: written.address, files: [...before, written] };
}

async function uploadNar(
  info: PathInfo,
  realPath: string,
  { store, level, onBytes, signal }: UploadOptions,
): Promise<{ written: WrittenFile; narFile: NarFile; pieces: ListingPieces }> {
  // Ends the reading of files with the attempt, wherever the upload broke off.
  const attempt = new AbortController();
  let read = 0;
  const count = async function* (nar: AsyncIterable<Uint8Array>) {
    for await (const piece of nar) {
      attempt.signal.throwIfAborted();
      read += piece.length;
      onBytes?.(piece.length);
      yield piece;
    }
  };
  const nar = readStoreNar(info, realPath, AbortSignal.any([signal, attempt.signal]));
  const file = hashStream(compressNar(count(nar), info, level));
  try {
    const written = await store.write(file, { signal });
    const { sha256, size } = file.result();
    const narFile = { compression: "zstd", fileHash: formatNixSha256(sha256), fileSize: size } as const;
    return { written, narFile: { ...narFile, narAddress: written.address }, pieces: nar.listing() };
  } catch (error) {
    attempt.abort();
    onBytes?.(-read);
    throw error;
  }
}
