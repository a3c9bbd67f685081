import { isCatnixError } from "../errors/catnix-error.js";
import type { RelayContext, RelayRequest } from "./relay-context.js";

/**
 * Logs why a request could not be served, at warn with the error's code.
 * @param about further fields of the line
 * @returns the code
 * @throws what is no CatnixError, as it is: a fault of the program
 */
export function logFailure({ log }: RelayContext, c: RelayRequest, error: unknown, about: object): string {
  if (!isCatnixError(error)) throw error;
  const { code, message } = error;
  log.warn({ requestId: c.get("requestId"), route: c.get("route"), code, ...about }, message);
  return code;
}
