import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CatnixError } from "../../errors/catnix-error.js";
import { readTextFile } from "../../files/read-file.js";
import { writeFileWhole } from "../../files/write-file.js";
import { createKeystore, openKeystore } from "../../keys/keystore.js";
import { formatPublicKey, formatSecretKey, generateSecretKey, parseSecretKey } from "../../nix/signing-key.js";

/** Who has a key in a development network. */
export const ROLES = ["member-1", "member-2", "member-3", "guardian", "publisher"] as const;
export type Role = (typeof ROLES)[number];

/** Files of a development network below its folder. */
export function devFiles(dir: string) {
  return {
    chain: join(dir, "chain.sqlite"),
    /** What an earlier version kept its chain in, which says how the accounts were, but not which blocks made them so. */
    oldChain: join(dir, "chain.json"),
    network: join(dir, "network.json"),
    password: join(dir, "password"),
    relayKey: join(dir, "relay-key"),
    swarm: [join(dir, "swarm-publisher.sqlite"), join(dir, "swarm-signers.sqlite")] as const,
    config: join(dir, "catnix.json"),
    signerConfig: join(dir, "signer.json"),
    state: join(dir, "state"),
    key: (role: Role) => join(dir, "keys", `${role}.json`),
  };
}

export type DevFiles = ReturnType<typeof devFiles>;

const networkSchema = z.strictObject({
  chainPort: z.int().min(1).max(65_535),
  swarmPorts: z.tuple([z.int().min(1).max(65_535), z.int().min(1).max(65_535)]).readonly(),
  /** None where the first start did not come so far. */
  relayPort: z.int().min(1).max(65_535).optional(),
  registry: z.string(),
  deploymentBlock: z.int().min(0),
});

/** What a second start goes on with. */
export type SavedNetwork = Readonly<z.input<typeof networkSchema>>;

/** @throws CatnixError DEV_FOLDER_BROKEN, FILE_UNREADABLE */
export async function readNetwork(dir: string): Promise<SavedNetwork | undefined> {
  const { network, chain, oldChain } = devFiles(dir);
  if (!existsSync(network)) return undefined;
  if (!existsSync(chain)) {
    const reason = existsSync(oldChain) ? "an earlier version of catnix made its chain" : "its chain is missing";
    throw new CatnixError("DEV_FOLDER_BROKEN", { dir, reason });
  }
  try {
    return networkSchema.parse(JSON.parse(await readTextFile(network, 1 << 16)));
  } catch (error) {
    throw new CatnixError("DEV_FOLDER_BROKEN", { dir, reason: (error as Error).message }, { cause: error });
  }
}

/** @throws CatnixError DISK_FULL, FILE_UNWRITABLE */
export async function saveNetwork({ network }: DevFiles, saved: SavedNetwork): Promise<void> {
  await writeFileWhole(network, `${JSON.stringify(saved, undefined, 2)}\n`);
}

/** Makes the keys that are missing, and gives their addresses. The password lies beside them: they are worth nothing. */
export async function prepareKeys(files: DevFiles): Promise<Record<Role, string>> {
  if (!existsSync(files.password)) await writeFileWhole(files.password, `${randomBytes(16).toString("hex")}\n`, 0o600);
  const password = (await readTextFile(files.password, 1 << 12)).trim();
  const addresses = {} as Record<Role, string>;
  for (const role of ROLES) {
    const file = files.key(role);
    const wallet = existsSync(file)
      ? await openKeystore(file, password)
      : await createKeystore(file, password, { fast: true });
    addresses[role] = wallet.address;
  }
  return addresses;
}

/** Makes the relay's Nix key where it is missing. @returns its public half: `name:base64` */
export async function prepareRelayKey({ relayKey }: DevFiles): Promise<string> {
  if (!existsSync(relayKey))
    await writeFileWhole(relayKey, `${formatSecretKey(generateSecretKey("catnix-dev-1"))}\n`, 0o600);
  return formatPublicKey(parseSecretKey((await readTextFile(relayKey, 1 << 12)).trim()).publicKey);
}
