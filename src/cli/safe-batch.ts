import type { Registry } from "../registry/registry.js";
import type { PreparedCall } from "../registry/withdrawal-calls.js";

/**
 * Gas of one transaction at most, for what it calls: Ethereum ends them at 2^24 (EIP-7825), of which the Safe's own work and what an
 * estimate misses takes a part.
 */
const MAX_GAS = 12_000_000;

export interface SafeCalls {
  /** With the gas that each takes. */
  readonly calls: readonly (PreparedCall & { readonly gas: number })[];
  /** The Safe. */
  readonly guardian: string;
  readonly reason: string;
}

/**
 * Calls as the Transaction Builder of Safe's web application reads them: it makes one transaction of all of a file, so that only as
 * many are taken as fit in one.
 * @returns the file's content, and how many calls are left
 */
export function toSafeBatch(
  { id }: Pick<Registry, "id">,
  { calls, guardian, reason }: SafeCalls,
): { batch: object; left: number } {
  let gas = 0;
  const fitting = calls.filter((call) => (gas += call.gas) <= MAX_GAS);
  const left = calls.length - fitting.length;
  // Safe's application shows it to the owners.
  const description = left > 0 ? `${reason} (${left} more do not fit: run catnix again after these)` : reason;
  const batch = {
    ...{ version: "1.0", chainId: String(id.chainId), createdAt: Date.now() },
    meta: { name: "catnix registry withdraw", description, createdFromSafeAddress: guardian },
    transactions: fitting.map(({ to, value, data }) => {
      return { to, value, data, contractMethod: null, contractInputsValues: null };
    }),
  };
  return { batch, left };
}
