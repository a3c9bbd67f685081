import { CatnixError } from "../errors/catnix-error.js";

/** What went wrong with reading, as FILE_UNREADABLE. */
export function readErrorOf(file: string, cause: unknown): CatnixError {
  return new CatnixError("FILE_UNREADABLE", { file, reason: (cause as Error).message }, { cause });
}

/**
 * Reads something at a path whose bytes need not be UTF-8.
 * @throws CatnixError FILE_UNREADABLE
 */
export function attemptRead<T>(path: Buffer, operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    throw readErrorOf(path.toString(), cause);
  }
}
