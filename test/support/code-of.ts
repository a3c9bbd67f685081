import { isCatnixError } from "../../src/errors/catnix-error.js";
import type { ErrorCode } from "../../src/errors/descriptors.js";

/** The code of the CatnixError that `run` throws or rejects with; undefined where it succeeds. Other errors pass through. */
export async function codeOf(run: () => unknown): Promise<ErrorCode | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (isCatnixError(error)) return error.code;
    throw error;
  }
}
