import { equalBytes } from "../encoding/bytes.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { traceTree } from "../files/trace-tree.js";
import { hashNar } from "../nix/hash-stream.js";
import { formatNixSha256 } from "../nix/nix-hash.js";
import { writeNar } from "../nix/nar-write.js";
import type { NixStore } from "../nixdb/nix-store.js";
import type { PathInfo } from "../nixdb/path-info.js";
import type { HashedPaths } from "./hashed-paths.js";

/** What the files of a store path came to. */
export interface FoundContents {
  /** Whether they are what Nix registered. */
  readonly same: boolean;
  /** `sha256:` and 52 nix-base32 characters; absent where they make no NAR. */
  readonly narHash?: string;
  /** Why they make none. */
  readonly reason?: string;
}

/** A path and its files, as they belong together. */
export interface CheckedContents {
  readonly info: PathInfo;
  readonly contents: FoundContents;
}

/** What no store path has: it is as wrong as another hash, and no reason to leave the other paths unchecked. */
const NO_NAR = ["FILE_UNREADABLE", "NAR_SOURCE_UNSUPPORTED", "NAR_SOURCE_CHANGED"] as const;

/**
 * Hashes the files of a store path as Nix does, in pieces. Nix may be at work meanwhile: what seems wrong is looked at once more, as it is
 * registered then.
 * @param memory knows what need not be hashed again, and is told what is right
 * @returns undefined where the path is no longer valid
 * @throws CatnixError NIX_DB_CORRUPT, NIX_DB_UNREADABLE; of the memory; the signal's reason
 */
export async function checkContents(
  info: PathInfo,
  nix: Pick<NixStore, "realPath" | "queryPathInfo">,
  { memory, signal }: { memory?: HashedPaths | undefined; signal?: AbortSignal | undefined } = {},
): Promise<CheckedContents | undefined> {
  const realPath = nix.realPath(info.storePath);
  const contents = await look(info, realPath, memory, signal);
  if (contents.same) return { info, contents };
  const now = nix.queryPathInfo(info.storePath);
  return now && { info: now, contents: await look(now, realPath, memory, signal) };
}

async function look(
  info: PathInfo,
  realPath: string,
  memory: HashedPaths | undefined,
  signal: AbortSignal | undefined,
): Promise<FoundContents> {
  const { narHash, narSize } = info;
  try {
    const trace = memory && (await traceTree(realPath, { signal }));
    if (trace && memory.has(info, trace)) return { same: true, narHash: formatNixSha256(narHash) };
    const { sha256, size } = await hashNar(writeNar(realPath, { signal }));
    const same = size === narSize && equalBytes(sha256, narHash);
    if (same && trace) memory.add(info, trace, Math.floor(Date.now() / 1000));
    return { same, narHash: formatNixSha256(sha256) };
  } catch (error) {
    if (!isCatnixError(error, ...NO_NAR) || isOurOwn(error.cause)) throw error;
    return { same: false, reason: error.message };
  }
}

/** This process has too many files open, or no memory: that says nothing of the path. */
function isOurOwn(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && ["EMFILE", "ENFILE", "ENOMEM"].includes(String(cause.code));
}
