import type { ContractRunner } from "ethers";
import { isError } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";
import { CatRegistry__factory } from "./contract-types/factories/CatRegistry__factory.js";
import type { CatRegistry } from "./contract-types/CatRegistry.js";

export type { CatRegistry };

/** The contract's interface: events, functions, errors. */
export const registryInterface = CatRegistry__factory.createInterface();

export function contractAt(address: string, runner: ContractRunner): CatRegistry {
  return CatRegistry__factory.connect(address, runner);
}

/**
 * Turns ethers' errors about a call of the registry into coded ones.
 * @param call what was called, for people
 */
export function explainRevert(call: string, error: unknown): unknown {
  if (!isError(error, "CALL_EXCEPTION")) {
    const { code, shortMessage } = error as { code?: string; shortMessage?: string };
    const ofSender = code === "INSUFFICIENT_FUNDS" || code === "NONCE_EXPIRED" || code === "REPLACEMENT_UNDERPRICED";
    if (!ofSender) return error;
    return new CatnixError("TRANSACTION_FAILED", { call, reason: shortMessage ?? code }, { cause: error });
  }
  const parsed = error.data ? registryInterface.parseError(error.data) : null;
  if (!parsed) return new CatnixError("TRANSACTION_FAILED", { call, reason: error.shortMessage }, { cause: error });
  const values = parsed.fragment.inputs.map(({ name }, i) => `${name} ${String(parsed.args[i])}`);
  return new CatnixError("CALL_REVERTED", { call, error: parsed.name, values }, { cause: error });
}
