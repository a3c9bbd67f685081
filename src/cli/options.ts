import { type Command, InvalidArgumentError, Option } from "commander";
import { type BaseWallet, getAddress, isAddress } from "ethers";
import { type ExplainedConfig, explainConfig } from "../config/explain.js";
import { fromHex, isHex, toHex } from "../encoding/hex.js";
import { openKeystore } from "../keys/keystore.js";
import { askPassword } from "./ask.js";
import { Context, type GlobalOptions } from "./context.js";

/** Which key a command signs with. */
export interface KeyOptions {
  readonly key: string;
  readonly passwordFile?: string;
}

export function addKeyOptions(command: Command, whose: string): Command {
  return command
    .requiredOption("--key <file>", `keystore file of ${whose}`)
    .addOption(new Option("--password-file <file>", "file of mode 0600 with the key's password; else it is asked for"));
}

/** @param signal ends a question that nobody answers */
export async function openWallet({ key, passwordFile }: KeyOptions, signal?: AbortSignal): Promise<BaseWallet> {
  return openKeystore(key, await askPassword(key, passwordFile, signal));
}

export function parseCount(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new InvalidArgumentError("a whole number from 1");
  return Number(text);
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError("a port: 0 to 65535");
  return port;
}

/** For an option that may be given again. */
export function collectValues(value: string, values: readonly string[]): string[] {
  return [...values, value];
}

/** 32 bytes, such as an identifier or an address on Swarm. */
export function parseBytes32(text: string): Uint8Array {
  const digits = text.toLowerCase().replace(/^0x/, "");
  if (!isHex(digits, 32)) throw new InvalidArgumentError("64 hexadecimal digits");
  return fromHex(digits, 32);
}

/** 32 bytes as Ethereum spells them: `0x` and lower-case digits. */
export function parseWord(text: string): string {
  return `0x${toHex(parseBytes32(text))}`;
}

/** An Ethereum address as 20 bytes; a checksum that is there must be right. */
export function parseOwner(text: string): Uint8Array {
  if (!isAddress(text)) throw new InvalidArgumentError("an Ethereum address: 0x and 40 hexadecimal digits");
  return fromHex(getAddress(text).slice(2).toLowerCase(), 20);
}

/** Examples below a command's help. */
export function addExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ catnix ${example}`).join("\n")}`);
}

/** Runs a command with what it works with, and closes that at its end. */
export async function withContext(command: Command, work: (context: Context) => Promise<void>): Promise<void> {
  using context = await Context.load(command.optsWithGlobals<GlobalOptions>());
  await work(context);
}

/** The same for a command that looks at the configuration itself, whatever is wrong with it. */
export async function withExplainedConfig(
  command: Command,
  work: (context: Context, explained: ExplainedConfig) => Promise<void> | void,
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  using context = Context.ofDefaults(options);
  await work(context, await explainConfig({ file: options.config, env: process.env }));
}
