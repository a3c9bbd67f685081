import type { NarInfo } from "./narinfo.js";
import { formatNixSha256 } from "./nix-hash.js";

/** What a signature speaks of. It covers neither URL, compression, `FileHash`, deriver nor CA. */
export interface SignedPath {
  readonly storePath: string;
  /** SHA-256 of the NAR: 32 bytes. */
  readonly narHash: Uint8Array;
  /** Bytes. */
  readonly narSize: number;
  /** Full store paths, in any order. */
  readonly references: readonly string[];
}

/**
 * The text that Nix signs (libstore/path-info.cc, `fingerprint`):
 * `1;<store path>;sha256:<nix-base32>;<NarSize>;<references, sorted, joined by commas>`.
 */
export function formatFingerprint({ storePath, narHash, narSize, references }: SignedPath): string {
  // Store paths are ASCII, so that the order of UTF-16 code units is the order of bytes.
  const sorted = [...new Set(references)].sort();
  return `1;${storePath};${formatNixSha256(narHash)};${narSize};${sorted.join(",")}`;
}

/** {@link formatFingerprint} of a narinfo, whose references are base names. */
export function formatNarInfoFingerprint(info: NarInfo): string {
  const storeDir = info.storePath.slice(0, info.storePath.lastIndexOf("/"));
  return formatFingerprint({ ...info, references: info.references.map((baseName) => `${storeDir}/${baseName}`) });
}
