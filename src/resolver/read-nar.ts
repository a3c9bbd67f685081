import type { CatRecord } from "../cat/record.js";
import { ZstdError } from "../encoding/zstd-decompress.js";
import { decompressFrames } from "../encoding/zstd-frames.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { checkNarHash, hashStream } from "../nix/hash-stream.js";
import { formatNixSha256, parseNixSha256 } from "../nix/nix-hash.js";
import type { ContentStore } from "../swarm/content-store.js";

export interface ReadNarOptions {
  readonly store: ContentStore;
  readonly signal?: AbortSignal | undefined;
  /** Told of the NAR's bytes as they pass. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * The NAR of a record as a stream, held against all that the record says: the file's address, `FileHash`, `FileSize`, `NarHash`
 * and `NarSize`. What it gives before it has ended well is not to be trusted. Any zstd frames are read (docs/spec.md, NAR file).
 * @throws CatnixError NAR_HASH_MISMATCH, NAR_FILE_INVALID; what the store throws; the signal's reason
 */
export async function* readNarOf(
  record: CatRecord,
  { store, signal, onBytes }: ReadNarOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const invalid = (reason: string, cause?: unknown) =>
    new CatnixError("NAR_FILE_INVALID", { storePath: record.storePath, reason }, { cause });
  const { body } = await store.read(record.narAddress, { size: record.fileSize, signal });
  const bytes = body[Symbol.asyncIterator]();
  const file = hashStream({ [Symbol.asyncIterator]: () => ({ next: () => bytes.next() }) });
  const nar = record.compression === "zstd" ? decompressFrames(file) : file;
  const wanted = { narHash: parseNixSha256(record.narHash), narSize: record.narSize };
  try {
    for await (const piece of checkNarHash(nar, wanted)) {
      signal?.throwIfAborted();
      onBytes?.(piece.length);
      yield piece;
    }
    if (formatNixSha256(file.result().sha256) !== record.fileHash) throw invalid("FileHash differs");
  } catch (error) {
    if (!(error instanceof ZstdError || isCatnixError(error, "NAR_HASH_MISMATCH", "NAR_FILE_INVALID"))) throw error;
    // Read to its end, where the address is compared: bytes that a node altered are not the publisher's fault.
    while (!(await bytes.next()).done);
    throw error instanceof ZstdError ? invalid(error.message, error) : error;
  } finally {
    await bytes.return?.();
  }
}
