import type { CatRecord } from "../cat/record.js";
import { decompressFrame, ZstdError } from "../encoding/zstd-decompress.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { checkNarHash, hashStream } from "../nix/hash-stream.js";
import { readNar } from "../nix/nar-read.js";
import { formatNixSha256, parseNixSha256 } from "../nix/nix-hash.js";
import type { ContentStore } from "../swarm/content-store.js";

/**
 * Fetches the NAR of a record and checks all that the record says of it: both hashes, both sizes, and the structure.
 * Holds no more than a piece of it.
 * @throws CatnixError NAR_FILE_INVALID, and what the store throws
 */
export async function checkNarOf(record: CatRecord, store: ContentStore, signal?: AbortSignal): Promise<void> {
  const invalid = (reason: string, cause?: unknown) =>
    new CatnixError("NAR_FILE_INVALID", { storePath: record.storePath, reason }, { cause });
  const { body } = await store.read(record.narAddress, { size: record.fileSize, ...(signal && { signal }) });
  const file = hashStream(body);
  const nar = record.compression === "zstd" ? decompressFrame(file) : file;
  const wanted = { narHash: parseNixSha256(record.narHash), narSize: record.narSize };
  try {
    const reader = readNar(checkNarHash(nar, wanted));
    while (!(await reader.next()).done);
  } catch (error) {
    const isAboutNar = error instanceof ZstdError || (isCatnixError(error) && error.code.startsWith("NAR_"));
    throw isAboutNar ? invalid(error.message, error) : error;
  }
  if (formatNixSha256(file.result().sha256) !== record.fileHash) throw invalid("FileHash differs");
}
