import { TypedDataEncoder, type TypedDataField } from "ethers";
import { domainOf, type RegistryId } from "./batch.js";

/** The act after which there is none (docs/spec.md, Registry contract). */
export interface Retirement {
  /** The registry's next act. */
  readonly seq: number;
  /** `0x` and 64 hex digits: the registry's head. */
  readonly parent: string;
  /** Chain of the successor, any 256-bit number; 0 where there is none. */
  readonly successorChainId: bigint;
  /** Checksummed address of the successor, zero where there is none; shown, never followed by itself. */
  readonly successor: string;
  /** Seconds since 1970; the chain accepts the act until then. */
  readonly deadline: number;
}

/** EIP-712 types of a retirement; the act is spelled as Ethereum spells it. */
export const RETIREMENT_TYPES: Record<string, TypedDataField[]> = {
  Retirement: [
    { name: "seq", type: "uint64" },
    { name: "parent", type: "bytes32" },
    { name: "successorChainId", type: "uint256" },
    { name: "successor", type: "address" },
    { name: "deadline", type: "uint64" },
  ],
};

/** What members sign, and the registry's head once it is approved: `0x` and 64 hex digits. */
export function retirementDigest(registry: RegistryId, retirement: Retirement): string {
  return TypedDataEncoder.hash(domainOf(registry), RETIREMENT_TYPES, retirement);
}
