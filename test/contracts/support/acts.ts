import { TypedDataEncoder, type BytesLike, type SigningKey, type TypedDataDomain, type TypedDataField } from "ethers";
import type { ICatRegistry } from "../../../src/registry/contract-types/ICatRegistry.js";

export type Batch = ICatRegistry.BatchStruct;
export type Council = ICatRegistry.CouncilStruct;
export type Retirement = ICatRegistry.RetirementStruct;
export type Approval = ICatRegistry.ApprovalStruct;

const field = (declaration: string): TypedDataField => {
  const [type, name] = declaration.split(" ");
  return { type: type!, name: name! };
};
const fields = (declarations: string): TypedDataField[] => declarations.split(", ").map(field);

/** The signed structs, written out a second time so that a slip in the contract's type strings shows. */
export const actTypes = {
  Batch: {
    Batch: fields(
      "uint64 seq, bytes32 parent, bytes32 root, uint8 depth, bytes32 delta, uint64 rows, bytes32 pack, uint64 deadline",
    ),
  },
  Council: {
    Council: fields(
      "uint64 seq, bytes32 parent, address[] members, uint8 publishThreshold, uint8 councilThreshold, address guardian, bytes32 charter, uint64 deadline",
    ),
  },
  Retirement: {
    Retirement: fields("uint64 seq, bytes32 parent, uint256 successorChainId, address successor, uint64 deadline"),
  },
};

export function registryDomain(chainId: bigint, verifyingContract: string): TypedDataDomain {
  return { name: "CatRegistry", version: "1", chainId, verifyingContract };
}

export function hashBatch(domain: TypedDataDomain, batch: Batch): string {
  return TypedDataEncoder.hash(domain, actTypes.Batch, batch);
}

export function hashCouncil(domain: TypedDataDomain, council: Council): string {
  return TypedDataEncoder.hash(domain, actTypes.Council, council);
}

export function hashRetirement(domain: TypedDataDomain, retirement: Retirement): string {
  return TypedDataEncoder.hash(domain, actTypes.Retirement, retirement);
}

/** Someone who approves: the address in the council, and how it signs a digest. */
export interface Signatory {
  readonly address: string;
  readonly sign: (digest: string) => BytesLike;
}

/** An account that signs with its key: 65 bytes, low s. */
export function signatoryOf(key: SigningKey, address: string): Signatory {
  return { address, sign: (digest) => key.sign(digest).serialized };
}

/** A contract that asks for no signature, or who pretends to be one. */
export function silent(address: string): Signatory {
  return { address, sign: () => "0x" };
}

/** Ascending by address, as council and approvals want it. */
export function ascending<T extends { readonly address: string }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
}

/** The addresses, ascending. */
export function addressesOf(list: readonly Signatory[]): string[] {
  return ascending(list).map(({ address }) => address);
}

/** The approvals of `signatories` over `digest`, ascending. */
export function approve(digest: string, signatories: readonly Signatory[]): Approval[] {
  return ascending(signatories).map((one) => ({ member: one.address, signature: one.sign(digest) }));
}
