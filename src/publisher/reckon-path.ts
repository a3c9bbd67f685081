import { FileHasher } from "../bmt/file-hasher.js";
import { formatRecord } from "../cat/record.js";
import { toHex } from "../encoding/hex.js";
import { hashStream } from "../nix/hash-stream.js";
import { formatNixSha256 } from "../nix/nix-hash.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { compressNar } from "./compress-nar.js";
import { makeRecord } from "./make-record.js";
import { readStoreNar } from "./read-nar.js";

export interface ReckonOptions {
  /** The one store folder of the registry. */
  readonly storeDir: string;
  /** Level of zstd, 1 to 19. */
  readonly level: number;
  readonly signal: AbortSignal;
}

/** What an upload of a path would be. */
export interface ReckonedPath {
  /** Bytes of NAR file, listing and record. */
  readonly bytes: number;
  readonly narFileBytes: number;
  /** Of the NAR file, 64 hexadecimal digits. */
  readonly narAddress: string;
  /** Bytes of the canonical record. */
  readonly recordBytes: number;
}

/**
 * Makes what an upload of a store path would send, and sends nothing: NAR file, listing and record, each chunk of them once.
 * It takes as long as an upload to a fast node, and no more memory.
 * @param onChunk told the address of each chunk, 32 bytes
 * @throws CatnixError as reading and compressing the path: STORE_PATH_MODIFIED, FILE_UNREADABLE, …; the signal's reason
 */
export async function reckonPath(
  info: PathInfo,
  realPath: string,
  { storeDir, level, signal }: ReckonOptions,
  onChunk: (address: Uint8Array) => void,
): Promise<ReckonedPath> {
  const newHasher = () => new FileHasher(({ address }) => onChunk(address));
  const nar = readStoreNar(info, realPath, signal);
  const file = hashStream(compressNar(nar, info, level));
  const hasher = newHasher();
  for await (const piece of file) hasher.update(piece);
  const { sha256, size } = file.result();
  const narAddress = toHex(hasher.digest().address);
  const pieces = nar.listing();
  const listing = pieces && pieces.reduce((made, piece) => made.update(piece), newHasher()).digest();
  const narFile = { narAddress, compression: "zstd", fileHash: formatNixSha256(sha256), fileSize: size } as const;
  const record = makeRecord(info, { ...narFile, listing: listing && toHex(listing.address) }, storeDir);
  const { size: recordBytes } = newHasher()
    .update(Buffer.from(formatRecord(record, storeDir)))
    .digest();
  return { bytes: size + (listing?.size ?? 0) + recordBytes, narFileBytes: size, narAddress, recordBytes };
}
