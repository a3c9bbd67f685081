import type { ErrorDescriptor } from "./descriptor.js";
import { descriptors, type Details, type ErrorCode } from "./descriptors.js";
import { printableDetails } from "./printable.js";

/**
 * The one error family of catnix: everything that a user, a network, a chain or a disk can cause.
 * Mistakes of a caller inside the code are plain `TypeError` and `RangeError`.
 */
export class CatnixError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "CatnixError";
  readonly code: C;
  readonly details: Details<C>;

  constructor(code: C, details: Details<C>, options?: { cause?: unknown }) {
    // Foreign text is in `details` as it came, and in the message so that it can do no harm on a terminal.
    super((descriptors[code].message as (details: unknown) => string)(printableDetails(details)), options);
    this.code = code;
    this.details = details;
  }

  /** What to do about it, one sentence. */
  get hint(): string {
    return descriptors[this.code].hint;
  }

  /** Whether the same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    const descriptor: ErrorDescriptor = descriptors[this.code];
    return descriptor.retryable ?? false;
  }

  /** The shape that `--json` prints. */
  toJSON(): { code: ErrorCode; number: number; message: string; hint: string; details: unknown } {
    const { code, message, hint, details } = this;
    return { code, number: descriptors[code].number, message, hint, details };
  }
}

/** Narrows to one code: `if (isCatnixError(e, "SWARM_NOT_FOUND")) …`; without codes, to the family. */
export function isCatnixError<C extends ErrorCode = ErrorCode>(error: unknown, ...codes: C[]): error is CatnixError<C> {
  return error instanceof CatnixError && (codes.length === 0 || codes.includes(error.code as C));
}
