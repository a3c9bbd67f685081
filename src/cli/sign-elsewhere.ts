import { type Command, InvalidArgumentError, Option } from "commander";
import { CatnixError } from "../errors/catnix-error.js";
import { readTextFile } from "../files/read-file.js";
import { parseAddress } from "./open-signer.js";

// What `batch` and `registry` have in common where the signature is made on another machine, or by another program.

/** Who will sign: a member itself, or the owners of a Safe that is one. */
export interface TypedDataOptions {
  readonly member?: string;
  readonly safe?: string;
  readonly out?: string;
}

/** @param who for people: `the member` */
export function addTypedDataOptions(command: Command, who: string): Command {
  return command
    .option("--member <address>", `${who} who will sign`, parseAddress)
    .option(
      "--safe <address>",
      "a Safe that is the member: what its owners sign, and what it could sign on chain",
      parseAddress,
    )
    .option("--out <file>", "write the typed data to this file; else standard output");
}

/** @throws CatnixError USAGE where it is not one of the two */
export function requireWhoSigns({ member, safe }: TypedDataOptions): string {
  const who = member ?? safe;
  if (who === undefined || (member !== undefined && safe !== undefined))
    throw new CatnixError("USAGE", { reason: "give one of --member and --safe" });
  return who;
}

/** A signature that was made elsewhere, and whose it is. */
export interface AddSignatureOptions {
  readonly member: string;
  readonly signature?: string;
  readonly signatureFile?: string;
  readonly out?: string;
}

/** Bytes of a file with a signature in hex: what the file of an act has room for. */
const MAX_SIGNATURE_FILE = 1 << 18;

/** @param what the file holds, for people: `batch` */
export function addSignatureOptions(command: Command, what: string): Command {
  return command
    .requiredOption(
      "--member <address>",
      "whose approval it is: an account, or a contract such as a Safe",
      parseAddress,
    )
    .addOption(
      new Option("--signature <hex>", "the signature; 0x where a Safe signed on chain")
        .argParser(parseSignature)
        .conflicts("signatureFile"),
    )
    .option("--signature-file <file>", "the same, from a file with nothing else in it")
    .option("--out <file>", `write the ${what} with the signature to this file instead, beside those that are in it`);
}

/** @throws CatnixError USAGE, FILE_UNREADABLE */
export async function readSignature({ signature, signatureFile }: AddSignatureOptions): Promise<string> {
  if (signature !== undefined) return signature;
  if (signatureFile === undefined) throw new CatnixError("USAGE", { reason: "give --signature or --signature-file" });
  const text = (await readTextFile(signatureFile, MAX_SIGNATURE_FILE)).trim();
  if (isHexData(text)) return text.toLowerCase();
  throw new CatnixError("USAGE", { reason: `${signatureFile} holds something else than 0x and hexadecimal digits` });
}

const isHexData = (text: string) => /^0x([0-9a-f]{2})*$/i.test(text);

function parseSignature(text: string): string {
  if (!isHexData(text)) throw new InvalidArgumentError("0x and hexadecimal digits");
  return text.toLowerCase();
}
