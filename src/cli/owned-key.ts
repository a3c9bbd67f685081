import type { Command } from "commander";
import type { SigningKey } from "ethers";
import { computeAddress } from "ethers";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { openKeystore } from "../keys/keystore.js";
import type { Charter, CharterMember } from "../members/charter.js";
import { readRegistryCharter } from "../members/read-charter.js";
import type { StatementStore } from "../members/statements.js";
import type { Registry } from "../registry/registry.js";
import { askPassword } from "./ask.js";
import type { Context } from "./context.js";

/** The key under which a member publishes on Swarm. */
export interface OwnedKeyOptions {
  readonly ownedKey?: string;
  readonly ownedPasswordFile?: string;
}

export function addOwnedKeyOptions(command: Command): Command {
  return command
    .option(
      "--owned-key <file>",
      "keystore file of the owned key that your entry in the charter names; else member.ownedKeyFile",
    )
    .option("--owned-password-file <file>", "file of mode 0600 with its password; else member.ownedPasswordFile");
}

/** An owned key, and whose it is. */
export interface OwnedKey {
  readonly key: SigningKey;
  readonly member: CharterMember;
  readonly charter: Charter;
}

/**
 * Opens the owned key that an option or the configuration names, and finds its member in the charter of the registry's council.
 * @param wanted whose it has to be: a member's checksummed address
 * @returns undefined where none is named
 * @throws CatnixError OWNED_KEY_UNKNOWN, CHARTER_MISSING, CHARTER_INVALID; KEY_INVALID, PASSWORD_NEEDED, KEY_FILE_OPEN,
 * FILE_UNREADABLE; what chain and Swarm throw
 */
async function openOwnedKey(
  context: Context,
  registry: Registry,
  options: OwnedKeyOptions,
  wanted?: string,
): Promise<OwnedKey | undefined> {
  const { ownedKeyFile, ownedPasswordFile } = context.config.member;
  const file = options.ownedKey ?? ownedKeyFile;
  if (file === undefined) return undefined;
  const found = await context.wait("the charter", readRegistryCharter(registry, context.store()));
  // The configuration's password is that of the configuration's key.
  const passwordFile = options.ownedPasswordFile ?? (options.ownedKey === undefined ? ownedPasswordFile : undefined);
  const { signingKey: key } = await openKeystore(file, await askPassword(file, passwordFile, context.signal));
  const owner = computeAddress(key.publicKey);
  const member = found.charter.members.find(({ ownedKey }) => ownedKey === owner);
  if (!member || (wanted !== undefined && member.address !== wanted))
    throw new CatnixError("OWNED_KEY_UNKNOWN", { owner, member: wanted });
  return { key, member, charter: found.charter };
}

/** @throws CatnixError USAGE where no owned key is named; of {@link openOwnedKey} */
export async function requireOwnedKey(
  context: Context,
  registry: Registry,
  options: OwnedKeyOptions,
): Promise<OwnedKey> {
  const owned = await openOwnedKey(context, registry, options);
  if (owned) return owned;
  throw new CatnixError("USAGE", { reason: "give --owned-key, or set member.ownedKeyFile" });
}

/**
 * The same for a command that can do without: where the configuration names a key and the council no charter, it says so.
 * @throws CatnixError as {@link openOwnedKey}
 */
export async function tryOwnedKey(
  context: Context,
  registry: Registry,
  options: OwnedKeyOptions,
  wanted: string,
): Promise<OwnedKey | undefined> {
  try {
    return await openOwnedKey(context, registry, options, wanted);
  } catch (error) {
    if (options.ownedKey !== undefined || !isCatnixError(error, "CHARTER_MISSING")) throw error;
    context.note(`nothing is sent to Swarm: ${error.message}`);
    return undefined;
  }
}

/** Where members' statements are read and written: what others shall find is not taken from the cache. */
export function statementsOf(context: Context): StatementStore {
  return { owned: context.ownedStore(), content: context.store({ cached: false }) };
}
