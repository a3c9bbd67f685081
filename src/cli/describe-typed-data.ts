import { getAddress, TypedDataEncoder } from "ethers";
import { toTypedDataJson, type TypedData, typedDataDigest } from "../keys/typed-data.js";

/** The three hashes of typed data that wallets show, `0x` and 64 hex digits each. */
export interface TypedDataHashes {
  readonly domainHash: string;
  readonly messageHash: string;
  /** What is signed. */
  readonly digest: string;
}

export function hashTypedData(data: TypedData): TypedDataHashes {
  const { primaryType } = toTypedDataJson(data);
  return {
    domainHash: TypedDataEncoder.hashDomain(data.domain),
    messageHash: TypedDataEncoder.hashStruct(primaryType, data.types, data.value),
    digest: typedDataDigest(data),
  };
}

/**
 * Typed data as a wallet shows it, field by field, to be compared with the wallet's screen: the Ledger's and Trezor's show the fields, and where
 * they sign blindly the domain's and the message's hash.
 */
export function describeTypedData(data: TypedData): string {
  const { domain, primaryType, message } = toTypedDataJson(data);
  const { name, version, chainId, verifyingContract } = domain;
  const spelt = { name, version, chainId: chainId && BigInt(chainId as string), verifyingContract };
  const fields = (values: object) =>
    Object.entries(values).flatMap(([field, value]) => {
      if (value === undefined) return [];
      return [`  ${field.padEnd(18)} ${[value].flat().map(spell).join(", ")}`];
    });
  const { domainHash, messageHash, digest } = hashTypedData(data);
  return [
    "To be signed (EIP-712), as a wallet shows it:",
    "domain",
    ...fields(spelt),
    primaryType,
    ...fields(message),
    "hashes",
    ...fields({ domain: domainHash, message: messageHash, "signed digest": digest }),
  ].join("\n");
}

/** Wallets show addresses with their checksum. */
function spell(value: unknown): string {
  const text = String(value);
  return /^0x[0-9a-f]{40}$/.test(text) ? getAddress(text) : text;
}
