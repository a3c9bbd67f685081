import { HDNodeWallet } from "ethers";

const MNEMONIC = "test test test test test test test test test test test junk"; // of Hardhat's and anvil's documentation

/** Private key of an account that `hardhat node` and anvil fund: `0x` and 64 hex digits. */
export function wellKnownKey(account: number): string {
  return HDNodeWallet.fromPhrase(MNEMONIC, "", `m/44'/60'/0'/0/${account}`).privateKey;
}
