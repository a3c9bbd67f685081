import { FileHasher } from "../bmt/file-hasher.js";
import type { CatRecord } from "../cat/record.js";
import { drain } from "../encoding/drain.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { decodeNarFile } from "../nar-file/decode-nar-file.js";
import { checkNarHash, hashStream } from "../nix/hash-stream.js";
import { listNar } from "../nix/list-nar.js";
import { formatNixSha256, parseNixSha256 } from "../nix/nix-hash.js";
import type { ContentStore } from "../swarm/content-store.js";

/**
 * Bytes that the file of a NAR may have at most: no encoder makes it half as large again. On Swarm a file of the same chunk over and
 * over costs next to nothing however long it is, and a decoder skips without end.
 */
function maxFileSize(narSize: number): number {
  return 2 * narSize + 64 * 1024;
}

/**
 * Fetches the NAR of a record and checks all that the record says of it: both hashes, both sizes, the structure, and the
 * listing where the record names one, which is computed from the NAR in the same pass and fetched as well; and the file's seek
 * table, so that who reads a part of it reads the same. A file far larger than its NAR is refused unread. Holds no more than a piece of them.
 * @throws CatnixError NAR_FILE_INVALID, CAT_LISTING_MISMATCH, and what the store throws
 */
export async function checkNarOf(record: CatRecord, store: ContentStore, signal?: AbortSignal): Promise<void> {
  const invalid = (reason: string, cause?: unknown) =>
    new CatnixError("NAR_FILE_INVALID", { storePath: record.storePath, reason }, { cause });
  const limit = maxFileSize(record.narSize);
  if (record.fileSize > limit) throw invalid(`FileSize is ${record.fileSize}, and of such a NAR at most ${limit}`);
  const { body } = await store.read(record.narAddress, { size: record.fileSize, ...(signal && { signal }) });
  const file = hashStream(body);
  const nar = record.compression === "zstd" ? decodeNarFile(file) : file;
  const wanted = { narHash: parseNixSha256(record.narHash), narSize: record.narSize };
  const listing = new FileHasher();
  const listed = listNar(checkNarHash(nar, wanted), (bytes) => void listing.update(bytes));
  try {
    await drain(listed);
  } catch (error) {
    const isAboutNar = isCatnixError(error) && error.code.startsWith("NAR_");
    throw isAboutNar ? invalid(error.message, error) : error;
  }
  if (formatNixSha256(file.result().sha256) !== record.fileHash) throw invalid("FileHash differs");
  if (record.listing === undefined) return;
  const { address, size } = listing.digest();
  const actual = listed.hasListing() ? toHex(address) : undefined;
  if (record.listing !== actual)
    throw new CatnixError("CAT_LISTING_MISMATCH", { storePath: record.storePath, claimed: record.listing, actual });
  // An approved listing that nobody can fetch would be of no use.
  await drain((await store.read(actual, { size, ...(signal && { signal }) })).body);
}
