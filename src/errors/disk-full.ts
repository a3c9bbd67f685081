/** No room, no room within one's quota, no room within the size that a file may have. */
const CODES: readonly unknown[] = ["ENOSPC", "EDQUOT", "EFBIG"];

/** Whether a call of the file system failed because there is no room (errno(3)). */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && CODES.includes(error.code);
}
