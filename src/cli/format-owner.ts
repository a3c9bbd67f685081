import { getAddress } from "ethers";
import { toHex } from "../encoding/hex.js";

/** An Ethereum address of 20 bytes as people and programs write it, with its checksum. */
export function formatAddress(owner: Uint8Array): string {
  return getAddress(`0x${toHex(owner)}`);
}
