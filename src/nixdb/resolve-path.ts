import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { CatnixError } from "../errors/catnix-error.js";
import { parseStorePath } from "../nix/store-path.js";
import type { StoreRoot } from "./store-root.js";

/** As Linux: more symlinks than this are taken for a loop. */
const maxSymlinks = 40;

/**
 * The store path that a person means: a store path, something below one, or anything that leads to one through
 * symlinks, such as `./result` or a profile (as `nix path-info` does; libstore/store-api.cc, `followLinksToStore`).
 * Symlinks are followed only until the path is in the store. Paths of the store folder on disk are taken too where it
 * differs from its name.
 * @returns the store path; it need not be valid
 * @throws CatnixError STORE_PATH_NOT_FOUND, STORE_PATH_INVALID
 */
export function resolveStorePath(input: string, { storeDir, realStoreDir }: StoreRoot): string {
  const storeDirs = [storeDir, resolve(realStoreDir), realPathOf(realStoreDir)];
  let path = resolve(input);
  for (let hops = 0; hops <= maxSymlinks; hops++) {
    for (const directory of storeDirs) {
      if (directory === undefined || !path.startsWith(`${directory}/`)) continue;
      const [baseName] = path.slice(directory.length + 1).split("/", 1);
      return parseStorePath(`${storeDir}/${baseName!}`, storeDir).path;
    }
    const followed = followFirstSymlink(path);
    if (followed === undefined) break;
    path = followed;
  }
  throw new CatnixError("STORE_PATH_NOT_FOUND", { path: input });
}

/** `path` with its first component that is a symlink replaced by where that leads; undefined where there is none. */
function followFirstSymlink(path: string): string | undefined {
  for (let end = path.indexOf(sep, 1); ; end = path.indexOf(sep, end + 1)) {
    const prefix = end < 0 ? path : path.slice(0, end);
    try {
      if (lstatSync(prefix, { throwIfNoEntry: false })?.isSymbolicLink()) {
        return resolve(dirname(prefix), readlinkSync(prefix), path.slice(prefix.length + 1));
      }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CatnixError("FILE_UNREADABLE", { file: prefix, reason }, { cause });
    }
    if (end < 0) return undefined;
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // A store that does not exist yet has no other name.
  }
}
