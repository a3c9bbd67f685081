import { randomBytes, scrypt as nodeScrypt } from "node:crypto";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { encryptKeystoreJson, getAddress, getBytes, isAddress, isKeystoreJson, scrypt, Wallet } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";
import { readErrorOf } from "../files/read-error.js";
import { readTextFile } from "../files/read-file.js";
import { writeFileWhole } from "../files/write-file.js";

const MAX_KEY_SIZE = 1 << 16;
/** Bytes that scrypt may take: four times what geth's keystores need. A keystore file states its own cost. */
const MAX_SCRYPT_MEMORY = 1 << 30;

// Node's own scrypt is ten times as fast as one in JavaScript, and gives the same bytes.
scrypt.register(
  (password, salt, N, r, p, length) =>
    new Promise((resolve, reject) => {
      const options = { N, r, p, maxmem: MAX_SCRYPT_MEMORY };
      nodeScrypt(password, salt, length, options, (error, key) =>
        error ? reject(error) : resolve(`0x${key.toString("hex")}`),
      );
    }),
);

/**
 * Opens an Ethereum keystore file (JSON, version 3).
 * @throws CatnixError FILE_UNREADABLE, KEY_INVALID
 */
export async function openKeystore(file: string, password: string): Promise<Wallet> {
  const json = await readTextFile(file, MAX_KEY_SIZE);
  if (!isKeystoreJson(json)) throw new CatnixError("KEY_INVALID", { file, reason: "it is no keystore of version 3" });
  try {
    return new Wallet((await Wallet.fromEncryptedJson(json, password)).privateKey);
  } catch (error) {
    const { shortMessage, message } = error as Error & { shortMessage?: string };
    throw new CatnixError("KEY_INVALID", { file, reason: shortMessage ?? message }, { cause: error });
  }
}

/**
 * The address that a keystore file says it is of, checksummed, without its password. Nothing proves it before the file is opened.
 * @throws CatnixError FILE_UNREADABLE, KEY_INVALID
 */
export async function addressOfKeystore(file: string): Promise<string> {
  const json = await readTextFile(file, MAX_KEY_SIZE);
  if (!isKeystoreJson(json)) throw new CatnixError("KEY_INVALID", { file, reason: "it is no keystore of version 3" });
  const { address } = JSON.parse(json) as { address?: unknown };
  const text = typeof address === "string" ? `0x${address.replace(/^0x/i, "")}` : "";
  if (!isAddress(text)) throw new CatnixError("KEY_INVALID", { file, reason: "it does not say its address" });
  return getAddress(text);
}

/**
 * Writes a new key as a keystore file of mode 0600.
 * @param options.fast weaker against guessing; for keys of throw-away networks, whose password lies beside them
 * @throws CatnixError FILE_EXISTS, FILE_UNWRITABLE
 */
export async function createKeystore(
  file: string,
  password: string,
  options: { privateKey?: string; fast?: boolean } = {},
): Promise<Wallet> {
  if (existsSync(file)) throw new CatnixError("FILE_EXISTS", { file });
  const wallet = new Wallet(options.privateKey ?? `0x${randomBytes(32).toString("hex")}`);
  const json = await encryptKeystoreJson(wallet, getBytes(Buffer.from(password.normalize("NFKC"))), {
    scrypt: { N: options.fast ? 1 << 10 : 1 << 17, r: 8, p: 1 },
  });
  await writeFileWhole(file, `${json}\n`, 0o600);
  return wallet;
}

/**
 * Reads a password from a file that nobody else can read; one line end at its end does not count.
 * @throws CatnixError FILE_UNREADABLE, KEY_FILE_OPEN
 */
export async function readPasswordFile(file: string): Promise<string> {
  await requirePrivate(file);
  const text = await readTextFile(file, MAX_KEY_SIZE);
  return text.replace(/\r?\n$/, "");
}

/**
 * A secret in a file that others can read is no secret.
 * @throws CatnixError FILE_UNREADABLE, KEY_FILE_OPEN
 */
export async function requirePrivate(file: string): Promise<void> {
  const { mode } = await stat(file).catch((cause: unknown) => {
    throw readErrorOf(file, cause);
  });
  if ((mode & 0o077) !== 0)
    throw new CatnixError("KEY_FILE_OPEN", { file, mode: (mode & 0o777).toString(8).padStart(4, "0") });
}
