import { encodeBytes32String, getBytes, hexlify, id, keccak256, toBeHex, zeroPadValue } from "ethers";
import { firstHead, type RegistryId } from "../cat/batch.js";
import { CatRegistry__factory } from "./contract-types/factories/CatRegistry__factory.js";

/** Bytes of a registry's code: the end of the code that deploys it. */
export const RUNTIME_SIZE = 13_037;

/**
 * Where the constructor writes a registry's immutable words into its code: bytes from its start. They are those of OpenZeppelin's
 * EIP712, all known from the chain and the address.
 */
export const IMMUTABLES = {
  domainSeparator: 12_556,
  chainId: 12_739,
  address: 12_509,
  hashedName: 12_635,
  hashedVersion: 12_673,
  name: 4907,
  version: 4948,
} as const;

/** A string in one word as OpenZeppelin's ShortStrings has it: its bytes, zeros, and its length in the last byte. */
function shortString(text: string): string {
  return toBeHex(BigInt(encodeBytes32String(text)) | BigInt(text.length), 32);
}

/**
 * The code that a registry of this release has at that address: what the compiler made, with the immutable words in their places.
 * @returns `0x` and hex digits
 */
export function runtimeCode(registry: RegistryId): string {
  const code = getBytes(CatRegistry__factory.bytecode).slice(-RUNTIME_SIZE);
  const words: Record<keyof typeof IMMUTABLES, string> = {
    domainSeparator: firstHead(registry),
    chainId: toBeHex(registry.chainId, 32),
    address: zeroPadValue(registry.registry, 32),
    hashedName: id("CatRegistry"),
    hashedVersion: id("1"),
    name: shortString("CatRegistry"),
    version: shortString("1"),
  };
  for (const [name, at] of Object.entries(IMMUTABLES)) code.set(getBytes(words[name as keyof typeof words]), at);
  return hexlify(code);
}

/** keccak-256 of {@link runtimeCode}, which the chain's state has for the account: `0x` and 64 hex digits. */
export function runtimeCodeHash(registry: RegistryId): string {
  return keccak256(runtimeCode(registry));
}
