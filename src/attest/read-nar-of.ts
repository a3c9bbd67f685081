import type { CatRecord } from "../cat/record.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { decodeNarFile } from "../nar-file/decode-nar-file.js";
import { checkNarHash } from "../nix/hash-stream.js";
import { parseNixSha256 } from "../nix/nix-hash.js";
import type { ContentStore } from "../swarm/content-store.js";

/**
 * The NAR that a record names, from Swarm, held against its NarHash and NarSize. What it gives before it has ended well is not
 * to be trusted.
 * @throws CatnixError, while it is read: NAR_FILE_INVALID; what the store throws; the signal's reason
 */
export async function* readNarOf(
  record: CatRecord,
  store: ContentStore,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { body } = await store.read(record.narAddress, { size: record.fileSize, signal });
  const nar = record.compression === "zstd" ? decodeNarFile(body, { maxSize: record.narSize }) : body;
  try {
    yield* checkNarHash(nar, { narHash: parseNixSha256(record.narHash), narSize: record.narSize });
  } catch (error) {
    if (!isCatnixError(error) || !error.code.startsWith("NAR_")) throw error;
    throw new CatnixError("NAR_FILE_INVALID", { storePath: record.storePath, reason: error.message }, { cause: error });
  }
}
