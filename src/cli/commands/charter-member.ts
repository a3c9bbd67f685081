import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { getAddress, isAddress } from "ethers";
import { CatnixError } from "../../errors/catnix-error.js";
import { readTextFile } from "../../files/read-file.js";
import { writeFileWhole } from "../../files/write-file.js";
import { addressOfKeystore } from "../../keys/keystore.js";
import { checkMember, formatMember } from "../../members/member-file.js";
import { formatPublicKey, parsePublicKey, parseSecretKey } from "../../nix/signing-key.js";
import type { Context } from "../context.js";
import { addExamples, collectValues, withContext } from "../options.js";

interface MemberOptions {
  readonly name: string;
  readonly key: string;
  readonly ownedKey?: string;
  readonly nixKey: string[];
  readonly title?: string;
  readonly site?: string;
  readonly package: string[];
  readonly system: string[];
  readonly out?: string;
}

/** Bytes of a file with a Nix key at most. */
const MAX_NIX_KEY_SIZE = 1 << 12;

export function addCharterMemberCommand(charter: Command): void {
  const member = charter
    .command("member")
    .description("write your own entry for a charter: public facts only, no password is needed")
    .requiredOption("--name <name>", "short name, which the names of your Nix keys begin with: uni-example")
    .requiredOption(
      "--key <address>",
      "your account in the registry, or a keystore file that says it; may be a contract",
    )
    .option("--owned-key <address>", "the account that owns your chunks on Swarm, or its keystore file; else --key")
    .option(
      "--nix-key <key>",
      "public Nix key <name>-rebuilt-1:… or <name>-copied-1:…, or a file with one or with its secret; may be given again",
      collectValues,
      [],
    )
    .option("--title <text>", "full name, for people")
    .option("--site <url>", "https address of a page about you")
    .option("--package <glob>", "you speak for packages of this name only; may be given again", collectValues, [])
    .option("--system <system>", "you speak for this system only; may be given again", collectValues, [])
    .option("--out <file>", "the entry; else <name>.member.json")
    .action(async (options: MemberOptions, command: Command) =>
      withContext(command, (context) => memberCommand(context, options)),
    );
  addExamples(
    member,
    "charter member --name uni-example --key member.json --owned-key owned.json --nix-key uni-example-rebuilt-1.secret",
    "charter member --name acme --key 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --package 'python3*' --system x86_64-linux",
  );
}

async function memberCommand(context: Context, options: MemberOptions): Promise<void> {
  const { name, title, site, package: packages, system } = options;
  const out = options.out ?? `${name}.member.json`;
  const address = await addressFrom(options.key);
  const ownedKey = options.ownedKey === undefined ? address : await addressFrom(options.ownedKey);
  const scope = {
    ...(packages.length > 0 && { packages }),
    ...(system.length > 0 && { systems: [...new Set(system)].sort() }),
  };
  const entry = {
    ...{ address, name, title, site, ownedKey },
    nixKeys: await readNixKeys(options.nixKey),
    ...(Object.keys(scope).length > 0 && { scope }),
  };
  const member = checkMember(JSON.parse(JSON.stringify(entry)), "this");
  const text = formatMember(member);
  // An option that was forgotten the second time is an entry without it.
  const replaced = existsSync(out) && (await readFile(out, "utf8").catch(() => undefined)) !== text;
  await writeFileWhole(out, text);
  context.print(
    { file: out, member, ...(replaced && { replaced }) },
    `${out}: ${replaced ? "another entry was there, which this one replaces; " : ""}send it to whoever makes the charter; it holds no secret`,
  );
}

/** @throws CatnixError USAGE, KEY_INVALID, FILE_UNREADABLE */
async function addressFrom(given: string): Promise<string> {
  if (!/^0x/i.test(given)) return addressOfKeystore(given);
  const isValid: boolean = isAddress(given);
  if (!isValid) throw new CatnixError("USAGE", { reason: `${given} is no address, or its checksum fails` });
  return getAddress(given);
}

/** @throws CatnixError USAGE where two are of one kind or one of none, NIX_KEY_INVALID, FILE_UNREADABLE */
async function readNixKeys(given: readonly string[]): Promise<{ rebuilt?: string; copied?: string }> {
  const keys: { rebuilt?: string; copied?: string } = {};
  for (const each of given) {
    const key = await readNixKey(each);
    const kind = (["rebuilt", "copied"] as const).find((kind) => key.slice(0, key.indexOf(":")).includes(`-${kind}-`));
    if (kind === undefined)
      throw new CatnixError("USAGE", { reason: `the key ${key} has no name such as uni-example-rebuilt-1` });
    if (keys[kind] !== undefined) throw new CatnixError("USAGE", { reason: `two keys are for what was ${kind}` });
    keys[kind] = key;
  }
  return keys;
}

/** The public key, from its text or from a file with either half. */
async function readNixKey(given: string): Promise<string> {
  if (/^[^/]+:/.test(given)) return formatPublicKey(parsePublicKey(given));
  const text = (await readTextFile(given, MAX_NIX_KEY_SIZE)).trim();
  // A secret is twice as long as its public half.
  const isSecret = text.length - text.indexOf(":") > 60;
  return formatPublicKey(isSecret ? parseSecretKey(text).publicKey : parsePublicKey(text));
}
