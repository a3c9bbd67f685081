import { TypedDataEncoder, type TypedDataField } from "ethers";
import { domainOf, type RegistryId } from "./batch.js";

/** The act that sets who decides, or, with `seq` 0, the founding council (docs/spec.md, Registry contract). */
export interface Council {
  /** The registry's next act; 0 for the founding council. */
  readonly seq: number;
  /** `0x` and 64 hex digits: the registry's head; zeros for the founding council. */
  readonly parent: string;
  /** 1 to 32 checksummed addresses, strictly ascending as numbers. */
  readonly members: readonly string[];
  /** Approvals that a batch needs. */
  readonly publishThreshold: number;
  /** Approvals that any other act needs. */
  readonly councilThreshold: number;
  /** Checksummed address that may withdraw; zero for nobody. */
  readonly guardian: string;
  /** 64 hex digits: the Swarm address of the member directory; zeros for none. */
  readonly charter: string;
  /** Seconds since 1970; the chain accepts the act until then. */
  readonly deadline: number;
}

/** EIP-712 types of a change of the council. */
export const COUNCIL_TYPES: Record<string, TypedDataField[]> = {
  Council: [
    { name: "seq", type: "uint64" },
    { name: "parent", type: "bytes32" },
    { name: "members", type: "address[]" },
    { name: "publishThreshold", type: "uint8" },
    { name: "councilThreshold", type: "uint8" },
    { name: "guardian", type: "address" },
    { name: "charter", type: "bytes32" },
    { name: "deadline", type: "uint64" },
  ],
};

/** The act as Ethereum spells it: the charter with `0x`. */
export function toTypedCouncil(council: Council) {
  return { ...council, members: [...council.members], charter: `0x${council.charter}` };
}

/**
 * What members and joiners sign, and the registry's head once it is approved: `0x` and 64 hex digits. The founding council's
 * event holds the domain separator instead.
 */
export function councilDigest(registry: RegistryId, council: Council): string {
  return TypedDataEncoder.hash(domainOf(registry), COUNCIL_TYPES, toTypedCouncil(council));
}
