import { access, constants, mkdtemp, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatBytes } from "../format.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const [CHECK, CACHE] = ["state folder", "cache"];
/** Bytes: an index of a million mappings takes about one GB, SQLite fails without room for its journal. */
const [LITTLE, NO_ROOM] = [1e9, 5e7];

/**
 * Whether the cache's folder is there, or can be made, and can be written. How much room it takes is bounded by itself, and without room
 * the relay goes on without it: nothing of this is a failure.
 */
export async function checkCache(cacheDir: string, cacheBytes: number): Promise<Finding> {
  try {
    const { isThere, free } = await tryFolder(cacheDir);
    const message = `${cacheDir}${isThere ? "" : " (to be made)"}, up to ${formatBytes(cacheBytes)}, ${formatBytes(free)} free`;
    if (free >= LITTLE) return ok(CACHE, message);
    return warn(CACHE, message, "Make room on that disk, or set a lower swarm.cacheBytes.");
  } catch (error) {
    return warn(
      CACHE,
      `${cacheDir} cannot be used, everything comes from the network: ${(error as Error).message}`,
      "Make the folder, and let the user that runs catnix own it; or choose another swarm.cacheDir.",
    );
  }
}

/** Whether the state folder is there, or can be made, can be written, and has room. */
export async function checkState(stateDir: string): Promise<Finding> {
  try {
    const { isThere, free } = await tryFolder(stateDir);
    return judgeSpace(`${stateDir}${isThere ? "" : " (to be made)"}`, free);
  } catch (error) {
    return fail(
      CHECK,
      `${stateDir} cannot be used: ${(error as Error).message}`,
      "Make the folder, and let the user that runs catnix own it; or choose another stateDir.",
    );
  }
}

/** @param free bytes */
export function judgeSpace(stateDir: string, free: number): Finding {
  const message = `${stateDir}, ${formatBytes(free)} free`;
  const hint = "Make room on that disk, or choose another stateDir.";
  if (free < NO_ROOM) return fail(CHECK, message, hint);
  return free < LITTLE ? warn(CHECK, message, hint) : ok(CHECK, message);
}

/** Whether a folder is there, and how many bytes it has room for. Throws where it can be neither written nor made. */
async function tryFolder(folder: string): Promise<{ isThere: boolean; free: number }> {
  const found = await findExisting(folder);
  const isThere = found === folder;
  if (isThere) await rmdir(await mkdtemp(join(folder, ".doctor-")));
  else await access(found, constants.W_OK);
  const { bavail, bsize } = await statfs(found);
  return { isThere, free: bavail * bsize };
}

/** The folder itself, or the nearest one above it that exists. */
async function findExisting(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isDirectory()) throw new Error(`${path} is no folder`);
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return findExisting(dirname(path));
  }
}
