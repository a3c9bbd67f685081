import { isError } from "ethers";

/** How nodes say that they ran a call and it failed. */
const FAILED_RUN = /revert|exception|execution|evm|opcode|gas|stack|jump/i;

/**
 * What an endpoint says instead of running a call, as one that limits requests does; undefined where the call ran. To ethers both
 * are a call that reverted.
 */
export function findRefusal(error: unknown): string | undefined {
  if (!isError(error, "CALL_EXCEPTION") || error.data !== null) return undefined;
  const { message } = (error.info?.["error"] ?? {}) as { message?: unknown };
  return typeof message === "string" && !FAILED_RUN.test(message) ? message : undefined;
}
