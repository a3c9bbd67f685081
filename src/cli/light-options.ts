import { type Command, InvalidArgumentError, Option } from "commander";
import { parseCount } from "./options.js";

/** How a command is told to believe proofs only. */
export interface LightOptions {
  readonly light?: boolean;
  /** `0x` and 64 lower-case hex digits. */
  readonly blockHash?: string;
  readonly rpc?: readonly string[];
  readonly agree?: number;
  /** In seconds. */
  readonly maxAge?: number | "any";
}

export function addLightOptions(command: Command): Command {
  const light = (flags: string, text: string) => new Option(flags, text).implies({ light: true });
  return command
    .addOption(
      new Option("--light", "believe no endpoint and no index: proofs from one block on (docs/light.md)").conflicts(
        "from",
      ),
    )
    .addOption(
      light("--block-hash <hash>", "the block to trust (implies --light)").argParser(parseBlockHash).conflicts("agree"),
    )
    .addOption(
      light(
        "--rpc <url>",
        "an endpoint to ask; may be given again; else chain.rpcUrl and light.rpcUrls (implies --light)",
      ).argParser(collectUrl),
    )
    .addOption(
      light(
        "--agree <n>",
        "so many endpoints have to agree on a block; else light.agree, else all (implies --light)",
      ).argParser(parseCount),
    )
    .addOption(
      light(
        "--max-age <seconds>",
        "how old the block may be, or `any`; else light.maxAgeSeconds (implies --light)",
      ).argParser(parseAge),
    );
}

export function isLight({ light }: LightOptions): boolean {
  return light === true;
}

function parseBlockHash(text: string): string {
  if (!/^0x[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError("0x and 64 hexadecimal digits");
  return text.toLowerCase();
}

function collectUrl(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new InvalidArgumentError("an http or https URL");
  return [...before, text];
}

function parseAge(text: string): number | "any" {
  return text === "any" ? text : parseCount(text);
}
