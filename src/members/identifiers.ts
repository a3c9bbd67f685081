import { AbiCoder } from "ethers";
import type { RegistryId } from "../cat/batch.js";
import { fromHex } from "../encoding/hex.js";
import { keccak256 } from "../encoding/keccak.js";

const coder = AbiCoder.defaultAbiCoder();

/**
 * Identifier of a member's approval of one batch: `keccak256(abi.encode("cat/1/approval", digest))`, 32 bytes (docs/spec.md,
 * Owned chunks of members).
 * @param digest of the batch, `0x` and 64 hex digits: it depends on chain and registry
 */
export function approvalId(digest: string): Uint8Array {
  return hash(["string", "bytes32"], ["cat/1/approval", digest]);
}

/**
 * Identifier of the batch that a member approved last for act `seq`, so that nobody has to hand its digest over:
 * `keccak256(abi.encode("cat/1/signed", chainId, registry, seq))`.
 */
export function signedId(registry: RegistryId, seq: number): Uint8Array {
  return hashOfAct("cat/1/signed", registry, seq);
}

/** Identifier of what a member says act `seq` approved: `keccak256(abi.encode("cat/1/root", chainId, registry, seq))`. */
export function rootId(registry: RegistryId, seq: number): Uint8Array {
  return hashOfAct("cat/1/root", registry, seq);
}

/** Identifier of a member's list of Nix signatures for a batch: `keccak256(abi.encode("cat/1/sigs", chainId, registry, seq))`. */
export function signaturesId(registry: RegistryId, seq: number): Uint8Array {
  return hashOfAct("cat/1/sigs", registry, seq);
}

function hashOfAct(kind: string, { chainId, registry }: RegistryId, seq: number): Uint8Array {
  return hash(["string", "uint256", "address", "uint64"], [kind, chainId, registry, seq]);
}

function hash(types: string[], values: unknown[]): Uint8Array {
  const encoded = coder.encode(types, values).slice(2);
  return keccak256(fromHex(encoded, encoded.length / 2));
}
