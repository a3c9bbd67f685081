import { Signature, type TypedDataDomain, TypedDataEncoder, type TypedDataField, verifyTypedData } from "ethers";
import type { TypedDataSigner } from "./typed-data-signer.js";

/** Something to sign by EIP-712: a batch, a change of the council, a retirement, or what a Safe makes of one. */
export interface TypedData {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly value: Record<string, unknown>;
}

/** Typed data as wallets take it (EIP-712, `eth_signTypedData`): complete, the domain's own type included. */
export interface TypedDataJson {
  readonly types: Readonly<Record<string, readonly TypedDataField[]>>;
  readonly primaryType: string;
  readonly domain: Readonly<Record<string, unknown>>;
  readonly message: Readonly<Record<string, unknown>>;
}

/** What is signed: `0x` and 64 hex digits. */
export function typedDataDigest({ domain, types, value }: TypedData): string {
  return TypedDataEncoder.hash(domain, types, value);
}

/**
 * The JSON that any wallet signs the same digest from. Integers are decimal strings and the chain's id is hexadecimal, as ethers
 * sends them: MetaMask, Frame, clef (also those that take no number there), foundry's `cast` and anvil read both.
 */
export function toTypedDataJson({ domain, types, value }: TypedData): TypedDataJson {
  return TypedDataEncoder.getPayload(domain, types, value) as TypedDataJson;
}

/** Signs with an account at hand or in a wallet. */
export function signTypedData(signer: TypedDataSigner, { domain, types, value }: TypedData): Promise<string> {
  return signer.signTypedData(domain, types, value);
}

/**
 * Whose signature this is, where it is one as the registry wants it: 65 bytes, low `s`, `v` 27 or 28, in lower-case hex.
 * @returns a checksummed address, of nobody in particular where something else was signed; undefined where it is none
 */
export function recoverSigner({ domain, types, value }: TypedData, signature: string): string | undefined {
  try {
    // ethers also reads shorter spellings, which the contract does not.
    if (Signature.from(signature).serialized !== signature) return undefined;
    return verifyTypedData(domain, types, value, signature);
  } catch {
    return undefined;
  }
}

/**
 * Whether this is an account's signature as the registry wants it; see {@link recoverSigner}.
 * @param account checksummed
 */
export function isSignatureOf(data: TypedData, account: string, signature: string): boolean {
  return recoverSigner(data, signature) === account;
}

/**
 * The registry's spelling of an account's signature: wallets also write `v` as 0 or 1, upper-case hex, or 64 bytes (EIP-2098).
 * @returns undefined where it is no ECDSA signature with a low `s`
 */
export function spellSignature(signature: string): string | undefined {
  try {
    return Signature.from(signature.toLowerCase()).serialized;
  } catch {
    return undefined;
  }
}
