import { getAddress } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";
import { askChain } from "./ask-chain.js";
import type { Chain } from "./connect.js";

/** What stands behind an address: who has its key, or the code that says what counts as its signature. */
export type AccountKind =
  | { readonly kind: "account" }
  /** An account that lets a contract act for it (EIP-7702); its approvals are still its key's alone. */
  | { readonly kind: "delegated account"; readonly delegate: string }
  /** A Safe or another contract; its approvals are judged by itself (ERC-1271). */
  | { readonly kind: "contract" };

/** EIP-7702: code of an account that delegates, 23 bytes. */
const DELEGATION = /^0xef0100([0-9a-f]{40})$/i;

/**
 * @param address checksummed
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function readAccountKind(chain: Chain, address: string): Promise<AccountKind> {
  const code = await askChain(chain, () => chain.provider.getCode(address));
  if (!/^0x([0-9a-f]{2})*$/i.test(code))
    throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason: `no code of ${address}` });
  if (code === "0x") return { kind: "account" };
  const delegate = DELEGATION.exec(code)?.[1];
  return delegate === undefined
    ? { kind: "contract" }
    : { kind: "delegated account", delegate: getAddress(`0x${delegate}`) };
}
