import { CatnixError } from "../errors/catnix-error.js";
import { isDiskFull } from "../errors/disk-full.js";

/**
 * What went wrong with writing, as a coded error: DISK_FULL where there is no room, else FILE_UNWRITABLE.
 * @param file for people; need not be a path
 */
export function writeErrorOf(file: string, error: unknown): CatnixError {
  const code = isDiskFull(error) ? "DISK_FULL" : "FILE_UNWRITABLE";
  return new CatnixError(code, { file, reason: (error as Error).message }, { cause: error });
}
