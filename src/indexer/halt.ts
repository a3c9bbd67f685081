import type { CatnixError } from "../errors/catnix-error.js";

/** What only a person can settle. */
export interface Halt {
  /** A batch that the quorum approved is wrong, or the chain itself does not hold together. */
  readonly of: "batch" | "chain";
  readonly error: CatnixError;
  /** The error's code and message. */
  readonly reason: string;
}

/** Whether an error ends the following of batches; all others are tried again. */
export function findHalt(error: CatnixError): Halt | undefined {
  const { code, message } = error;
  const reason = `${code}: ${message}`;
  if (code === "REGISTRY_HISTORY_BROKEN" || code === "CHAIN_REORGANISED") return { of: "chain", error, reason };
  return code.startsWith("CAT_") ? { of: "batch", error, reason } : undefined;
}
