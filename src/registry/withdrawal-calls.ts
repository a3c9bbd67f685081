import { CatnixError } from "../errors/catnix-error.js";
import { explainRevert, registryInterface } from "./contract.js";
import type { Registry } from "./registry.js";

/** The guardian's call: of a build by its `swarmId` (64 hex digits), or of a whole batch. */
export type Target = { readonly swarmId: string } | { readonly seq: number };

/** A transaction for somebody else to send, such as a Safe. */
export interface PreparedCall {
  /** Checksummed. */
  readonly to: string;
  readonly value: "0";
  /** `0x` and hex. */
  readonly data: string;
}

/** Bytes of a reason at most. */
const MAX_REASON_SIZE = 1024;

/**
 * Encodes a withdrawal, and simulates it as the guardian's.
 * @param guardian checksummed
 * @throws CatnixError CALL_REVERTED where the contract would refuse it; RPC_UNAVAILABLE
 */
export async function prepareWithdrawal(
  { chain, id }: Registry,
  guardian: string,
  target: Target,
  reason: string,
): Promise<PreparedCall & { gas: number }> {
  const [name, data] =
    "seq" in target
      ? (["withdrawBatch", registryInterface.encodeFunctionData("withdrawBatch", [target.seq, reason])] as const)
      : ([
          "withdrawBuild",
          registryInterface.encodeFunctionData("withdrawBuild", [`0x${target.swarmId}`, reason]),
        ] as const);
  const call = { to: id.registry, value: "0", data } as const;
  try {
    const gas = await chain.ask(() => chain.provider.estimateGas({ ...call, value: 0, from: guardian }));
    return { ...call, gas: Number(gas) };
  } catch (error) {
    throw explainRevert(name, error);
  }
}

/** @throws CatnixError USAGE */
export function requireReason(reason: string): void {
  if (Buffer.byteLength(reason) > MAX_REASON_SIZE)
    throw new CatnixError("USAGE", { reason: `the reason has more than ${MAX_REASON_SIZE} bytes` });
}
