import { type Command, InvalidArgumentError, Option } from "commander";
import { getAddress, isAddress } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";
import { openKeystore } from "../keys/keystore.js";
import type { TypedDataSigner } from "../keys/typed-data-signer.js";
import { WalletSigner } from "../keys/wallet-signer.js";
import { askPassword } from "./ask.js";

/** What a command signs typed data with: a keystore file, or an account of a wallet. */
export interface SignerOptions {
  readonly key?: string;
  readonly passwordFile?: string;
  readonly wallet?: string;
  readonly account?: string;
}

/** @param whose for people: `a member` */
export function addSignerOptions(command: Command, whose: string): Command {
  return command
    .addOption(new Option("--key <file>", `keystore file of ${whose}`).conflicts(["wallet", "account"]))
    .option("--password-file <file>", "file of mode 0600 with the key's password; else it is asked for")
    .addOption(
      new Option("--wallet <url>", `a wallet's JSON-RPC instead, such as http://127.0.0.1:1248 (Frame)`)
        .argParser(parseWalletUrl)
        .conflicts(["key", "passwordFile"]),
    )
    .option("--account <address>", `the account of ${whose} in that wallet`, parseAddress);
}

/**
 * Opens a signer.
 * @param signal ends a question that nobody answers, and the waiting for a wallet
 * @param onWait told what a person has to do at the wallet; standard error where not given
 * @throws CatnixError USAGE; KEY_INVALID, PASSWORD_NEEDED, FILE_UNREADABLE, KEY_FILE_OPEN of a keystore; WALLET_… of a wallet
 */
export async function openSigner(
  { key, passwordFile, wallet, account }: SignerOptions,
  signal?: AbortSignal,
  onWait: (text: string) => void = (text) => console.error(text),
): Promise<TypedDataSigner> {
  if (wallet !== undefined) {
    if (account === undefined) throw new CatnixError("USAGE", { reason: "give the --account of the --wallet" });
    return WalletSigner.open(wallet, account, { signal, onWait });
  }
  if (key === undefined) throw new CatnixError("USAGE", { reason: "give --key, or --wallet and --account" });
  return openKeystore(key, await askPassword(key, passwordFile, signal));
}

/** A checksum that is there must be right. */
export function parseAddress(text: string): string {
  if (!/^0x/.test(text) || !isAddress(text))
    throw new InvalidArgumentError("an Ethereum address: 0x and 40 hexadecimal digits");
  return getAddress(text);
}

function parseWalletUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError("a URL that begins with http:// or https://");
  return text;
}
