import type { TypedDataDomain, TypedDataField } from "ethers";

/** What signs typed data (EIP-712) for one account: a key that is at hand, or a wallet that has it. ethers' `BaseWallet` is one. */
export interface TypedDataSigner {
  /** Checksummed. */
  readonly address: string;
  /** @returns `0x` and 130 hex digits: 65 bytes, low `s`, `v` 27 or 28 */
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
}
