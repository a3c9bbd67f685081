import { access, constants, mkdtemp, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatBytes } from "../format.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "state folder";
/** Bytes: an index of a million mappings takes about one GB, SQLite fails without room for its journal. */
const [LITTLE, NO_ROOM] = [1e9, 5e7];

/** Whether the state folder is there, or can be made, can be written, and has room. */
export async function checkState(stateDir: string): Promise<Finding> {
  try {
    const found = await findExisting(stateDir);
    const isThere = found === stateDir;
    if (isThere) await rmdir(await mkdtemp(join(stateDir, ".doctor-")));
    else await access(found, constants.W_OK);
    const { bavail, bsize } = await statfs(found);
    return judgeSpace(`${stateDir}${isThere ? "" : " (to be made)"}`, bavail * bsize);
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
