import { TypedDataEncoder, type TypedDataDomain, type TypedDataField } from "ethers";

/** What a quorum signs: `root = apply(parent root, delta)` (docs/spec.md, Registry contract). */
export interface Batch {
  /** The registry's next act. */
  readonly seq: number;
  /** `0x` and 64 hex digits: the registry's head. */
  readonly parent: string;
  /** 64 hex digits, like the next ones: the Swarm address of the new CAT. */
  readonly root: string;
  readonly depth: number;
  /** Swarm address of the delta. */
  readonly delta: string;
  /** Rows of the delta, at least one. */
  readonly rows: number;
  /** Swarm address of the pack; zeros where the delta has tombstones only. */
  readonly pack: string;
  /** Seconds since 1970; the chain accepts the batch until then. */
  readonly deadline: number;
}

/** A member's signature of a batch. */
export interface Approval {
  /** `0x` and 40 hex digits, checksummed. */
  readonly member: string;
  /** `0x` and hex digits: 65 bytes of an account, anything of a contract. */
  readonly signature: string;
}

/** Which registry: a signature is good for this one only. */
export interface RegistryId {
  readonly chainId: number;
  /** `0x` and 40 hex digits, checksummed. */
  readonly registry: string;
}

/** The pack of a batch without records. */
export const NO_PACK = "0".repeat(64);

/** EIP-712 types of a batch. */
export const BATCH_TYPES: Record<string, TypedDataField[]> = {
  Batch: [
    { name: "seq", type: "uint64" },
    { name: "parent", type: "bytes32" },
    { name: "root", type: "bytes32" },
    { name: "depth", type: "uint8" },
    { name: "delta", type: "bytes32" },
    { name: "rows", type: "uint64" },
    { name: "pack", type: "bytes32" },
    { name: "deadline", type: "uint64" },
  ],
};

/** EIP-712 domain of a registry. */
export function domainOf({ chainId, registry }: RegistryId): TypedDataDomain {
  return { name: "CatRegistry", version: "1", chainId, verifyingContract: registry };
}

/** The first head of a registry: `0x` and 64 hex digits. */
export function firstHead(registry: RegistryId): string {
  return TypedDataEncoder.hashDomain(domainOf(registry));
}

/** The batch as Ethereum spells it: Swarm addresses with `0x`. */
export function toTypedBatch(batch: Batch) {
  return { ...batch, root: `0x${batch.root}`, delta: `0x${batch.delta}`, pack: `0x${batch.pack}` };
}

/** What members sign, and the registry's head once the batch is approved: `0x` and 64 hex digits. */
export function batchDigest(registry: RegistryId, batch: Batch): string {
  return TypedDataEncoder.hash(domainOf(registry), BATCH_TYPES, toTypedBatch(batch));
}
