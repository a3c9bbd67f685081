import type { CatRecord } from "../cat/record.js";
import { compareBytes } from "../encoding/bytes.js";
import { formatNixSha256 } from "../nix/nix-hash.js";
import { parseStorePath } from "../nix/store-path.js";
import type { PathInfo } from "../nixdb/path-info.js";

/** What a record says of the NAR file, and of the NAR's listing where it has one. */
export interface NarFile extends Pick<CatRecord, "narAddress" | "compression" | "fileHash" | "fileSize"> {
  readonly listing?: string | undefined;
}

/**
 * The record of a store path (docs/spec.md, Record): what Nix's database says, the NAR file, and its listing.
 * @throws CatnixError STORE_PATH_INVALID where the path is not in `storeDir`
 */
export function makeRecord(info: PathInfo, file: NarFile, storeDir: string): CatRecord {
  const { narAddress, compression, fileHash, fileSize, listing } = file;
  const baseNameOf = (path: string) => parseStorePath(path, storeDir).baseName;
  return {
    storePath: parseStorePath(info.storePath, storeDir).path,
    ...{ narAddress, compression, fileHash, fileSize },
    narHash: formatNixSha256(info.narHash),
    narSize: info.narSize,
    references: sortByBytes(info.references.map(baseNameOf)),
    // Anything but a derivation is no deriver: some tools have written outputs there.
    ...(info.deriver?.endsWith(".drv") && { deriver: baseNameOf(info.deriver) }),
    ...(info.ca !== undefined && { ca: info.ca }),
    ...(listing !== undefined && { listing }),
    sigs: sortByBytes(info.sigs),
  };
}

/** Whether a record is of the very build that the store has: what signatures of Nix cover is equal. */
export function isSameBuild(record: CatRecord, info: PathInfo, storeDir: string): boolean {
  const { storePath, narHash, narSize, references } = makeRecord(info, record, storeDir);
  return (
    record.storePath === storePath &&
    record.narHash === narHash &&
    record.narSize === narSize &&
    record.references.join(" ") === references.join(" ")
  );
}

/** Each text once, ordered by the bytes of its UTF-8. */
function sortByBytes(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort((a, b) => compareBytes(Buffer.from(a), Buffer.from(b)));
}
