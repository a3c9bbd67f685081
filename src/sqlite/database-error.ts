import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { isDiskFull } from "../errors/disk-full.js";

// Primary result codes (https://sqlite.org/rescode.html); an extended code has more in its higher bytes.
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
/** Less room than SQLite's shared memory takes at least, in bytes. */
const SCARCE = 32_768;

/** What a failure of SQLite, or of the folder of its file, is to a user. A CatnixError stays as it is. */
export function toDatabaseError(file: string, error: unknown): CatnixError {
  if (isCatnixError(error)) return error;
  const { message: reason, errcode } = error as Error & { errcode?: number };
  const isFull = isDiskFull(error) || (errcode !== undefined && lacksRoom(errcode & 0xff, file));
  return new CatnixError(isFull ? "DISK_FULL" : "DATABASE_FAILED", { file, reason }, { cause: error });
}

/** Where its shared memory, or the file itself, has no room, SQLite does not say why it failed. */
function lacksRoom(result: number, file: string): boolean {
  if (result === SQLITE_FULL) return true;
  if (result !== SQLITE_IOERR && result !== SQLITE_CANTOPEN) return false;
  try {
    const { bavail, bsize, files, ffree } = statfsSync(dirname(file));
    return bavail * bsize < SCARCE || (files > 0 && ffree === 0); // some file systems do not count files
  } catch {
    return false;
  }
}
