/** What can go wrong in the lab; each with one line that says what to do. */
export type LabErrorCode =
  | "NIX_MISSING"
  | "APT_LISTS_MISSING"
  | "PACKAGE_UNKNOWN"
  | "PACKAGE_UNSUPPORTED"
  | "DEB_UNAVAILABLE"
  | "GO_MISSING"
  | "GO_BUILD_FAILED"
  | "BEE_FAILED"
  | "COMMAND_FAILED"
  | "OUTPUT_UNEXPECTED";

/**
 * An error of the lab (the demo's and the end-to-end tests' machinery). It is not a `CatnixError`: that family is
 * what users of the installed package can meet, and its numbers are kept for ever; the lab is not installed.
 */
export class LabError extends Error {
  override readonly name = "LabError";

  /** @param message one line, ending in what to do where something can be done */
  constructor(
    readonly code: LabErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Whether `error` is of the lab, with one of these codes where some are named. */
export function isLabError(error: unknown, ...codes: LabErrorCode[]): error is LabError {
  return error instanceof LabError && (codes.length === 0 || codes.includes(error.code));
}
