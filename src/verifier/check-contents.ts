import { equalBytes } from "../encoding/bytes.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { hashNar } from "../nix/hash-stream.js";
import { formatNixSha256 } from "../nix/nix-hash.js";
import { writeNar } from "../nix/nar-write.js";
import type { PathInfo } from "../nixdb/path-info.js";

/** What the files of a store path came to. */
export interface FoundContents {
  /** Whether they are what Nix registered. */
  readonly same: boolean;
  /** `sha256:` and 52 nix-base32 characters; absent where they make no NAR. */
  readonly narHash?: string;
  /** Why they make none. */
  readonly reason?: string;
}

/** What no store path has: it is as wrong as another hash, and no reason to leave the other paths unchecked. */
const NO_NAR = ["FILE_UNREADABLE", "NAR_SOURCE_UNSUPPORTED", "NAR_SOURCE_CHANGED"] as const;

/**
 * Hashes the files of a store path as Nix does, in pieces.
 * @param realPath where they are on disk
 * @throws the signal's reason
 */
export async function checkContents(
  { narHash, narSize }: Pick<PathInfo, "narHash" | "narSize">,
  realPath: string,
  signal?: AbortSignal,
): Promise<FoundContents> {
  try {
    const { sha256, size } = await hashNar(writeNar(realPath, { signal }));
    return { same: size === narSize && equalBytes(sha256, narHash), narHash: formatNixSha256(sha256) };
  } catch (error) {
    if (!isCatnixError(error, ...NO_NAR)) throw error;
    return { same: false, reason: error.message };
  }
}
