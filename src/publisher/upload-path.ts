import { formatRecord } from "../cat/record.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { checkNarHash, hashStream } from "../nix/hash-stream.js";
import { writeNar } from "../nix/nar-write.js";
import { formatNixSha256 } from "../nix/nix-hash.js";
import type { PathInfo } from "../nixdb/path-info.js";
import type { ContentStore, WrittenFile } from "../swarm/content-store.js";
import { compressNar } from "./compress-nar.js";
import type { Upload } from "./journal.js";
import { makeRecord, type NarFile } from "./make-record.js";
import { retryUpload } from "./retry-upload.js";

export interface UploadOptions {
  readonly store: ContentStore;
  /** The one store folder of the registry. */
  readonly storeDir: string;
  /** Level of zstd, 1 to 19. */
  readonly level: number;
  /** Further attempts at a NAR whose upload failed for a reason that may pass. */
  readonly retries: number;
  /** Called with the bytes of NAR that were read, piece by piece; less than 0 where an attempt is made again. */
  readonly onBytes?: ((narBytes: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/** An upload, its record's text, and what each of its two files came to. */
export interface UploadedPath extends Upload {
  readonly text: string;
  readonly files: readonly WrittenFile[];
}

/**
 * Uploads the NAR of a store path and then its record. The NAR is made, checked, compressed, hashed and sent in one pass;
 * memory does not depend on its size.
 * @param realPath where the files are on disk
 * @throws CatnixError STORE_PATH_MODIFIED where the NAR is not the one of Nix's database: no file of it is complete on
 * Swarm then; FILE_UNREADABLE, NAR_SOURCE_CHANGED, NAR_SOURCE_UNSUPPORTED, CAT_RECORD_INVALID; SWARM_…;
 * and the signal's reason
 */
export async function uploadPath(info: PathInfo, realPath: string, options: UploadOptions): Promise<UploadedPath> {
  const { written, narFile } = await retryUpload(() => uploadNar(info, realPath, options), options);
  return uploadRecord(info, narFile, [written], options);
}

/** Uploads the record of a path whose NAR is on Swarm. Throws like {@link uploadPath}. */
export async function uploadRecord(
  info: PathInfo,
  narFile: NarFile,
  before: readonly WrittenFile[],
  { store, storeDir, signal }: UploadOptions,
): Promise<UploadedPath> {
  const record = makeRecord(info, narFile, storeDir);
  const text = formatRecord(record, storeDir);
  const written = await store.write(Buffer.from(text), { signal });
  return { record, text, swarmId: written.address, files: [...before, written] };
}

async function uploadNar(
  info: PathInfo,
  realPath: string,
  { store, level, onBytes, signal }: UploadOptions,
): Promise<{ written: WrittenFile; narFile: NarFile }> {
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
  const nar = checkNarHash(count(writeNar(realPath, { signal: AbortSignal.any([signal, attempt.signal]) })), info);
  const file = hashStream(compressNar(nar, info.narSize, level));
  try {
    const written = await store.write(file, { signal });
    const { sha256, size } = file.result();
    const narFile = { compression: "zstd", fileHash: formatNixSha256(sha256), fileSize: size } as const;
    return { written, narFile: { ...narFile, narAddress: written.address } };
  } catch (error) {
    attempt.abort();
    onBytes?.(-read);
    if (!isCatnixError(error, "NAR_HASH_MISMATCH")) throw error;
    const { wanted, got } = error.details;
    throw new CatnixError("STORE_PATH_MODIFIED", { path: info.storePath, wanted, got }, { cause: error });
  }
}
