import { isCatnixError } from "../../errors/catnix-error.js";
import { parseSecretKey } from "../../nix/signing-key.js";

/**
 * What is never meant to be public. A file is hit by its name, or by what stands at its beginning; an empty one by neither.
 */
export interface SecretRule {
  /** As findings and `publish.allow.rules` name it. */
  readonly name: string;
  /** What such a file holds, for people. */
  readonly what: string;
  /** Patterns over `<name of the store path>/<path in it>`. */
  readonly files?: readonly string[];
  readonly content?: SecretContent;
}

/** Both have to hold; the text is looked for first because that costs next to nothing. */
interface SecretContent {
  /** ASCII that every such file has. */
  readonly has: string;
  /** Bytes that such a file has at most, where it has a bound. */
  readonly within?: number;
  /** Given the beginning of the file, a character a byte. */
  readonly test: (beginning: string) => boolean;
}

/** To be raised with every change of the rules or of how much is looked at: what was found clean is looked at again then. */
export const SECRET_RULES_VERSION = 2;

/**
 * A key in PEM or OpenPGP armour is followed by headers or base64; in a JSON text by `\n`, with more backslashes in a JSON text
 * inside another; in source code by the next string, which is a whole line of base64. A mention of it is not.
 */
const ARMOUR = new RegExp(
  "-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----" +
    String.raw`(?:(?:\s|\\+[rn])+(?:[A-Za-z0-9+/=]{16}|[A-Z][A-Za-z-]*: )|(?:\s|\\+[rn\s]|["'+,;.])+["'][A-Za-z0-9+/]{60})`,
);

export const SECRET_RULES: readonly SecretRule[] = [
  {
    name: "private-key",
    what: "a private key in PEM, OpenSSH or OpenPGP armour",
    content: { has: "PRIVATE KEY", test: (text) => ARMOUR.test(text) },
  },
  {
    name: "private-key-file",
    what: "a file that is named like a private key",
    files: [
      "**/id_{rsa,dsa,ecdsa,ecdsa_sk,ed25519,ed25519_sk}",
      "**/ssh_host_*_key",
      "**/*.{p12,pfx,kdbx,ppk}",
      "**/private-keys-v1.d/*.key",
      "**/secring.gpg",
    ],
  },
  {
    name: "age-key",
    what: "a secret key of age",
    content: { has: "AGE-SECRET-KEY-1", test: (text) => /AGE-SECRET-KEY-1[0-9A-Z]{58}/.test(text) },
  },
  {
    name: "minisign-key",
    what: "a secret key of minisign or signify",
    content: {
      has: "secret key",
      test: (text) => /^untrusted comment:.*secret key.*\r?\nR[A-Za-z0-9+/]{40}/.test(text),
    },
  },
  {
    name: "nix-key",
    what: "a secret key that signs store paths",
    // The longest name that could be meant; 88 characters are the key.
    content: { has: "==", within: 400, test: isNixSecretKey },
  },
  {
    name: "wireguard-key",
    what: "a private key of WireGuard",
    content: { has: "PrivateKey", test: (text) => /^[ \t]*PrivateKey[ \t]*=[ \t]*[A-Za-z0-9+/]{43}=/m.test(text) },
  },
  {
    name: "ethereum-keystore",
    what: "an Ethereum keystore",
    content: {
      has: '"ciphertext"',
      test: (text) => /"kdf(?:params)?"/i.test(text) && /"version"\s*:\s*3\b/.test(text),
    },
  },
  {
    name: "nixos-password",
    what: "the hash of a password, as NixOS keeps it in the store",
    content: { has: "ashedPassword", test: (text) => /"(?:initialH|h)ashedPassword"\s*:\s*"\$/.test(text) },
  },
  {
    name: "aws-key",
    what: "a secret key of AWS",
    content: {
      has: "aws_secret_access_key",
      test: (text) => /aws_secret_access_key["']?\s*[=:]\s*["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/.test(text),
    },
  },
  {
    name: "credentials",
    what: "a file that programs keep passwords and tokens in",
    files: [
      "**/{.,_,}netrc",
      "**/.git-credentials",
      "**/.pgpass",
      "**/.aws/credentials",
      "**/.docker/config.json",
      "**/.kube/config",
      "**/.pypirc",
      "**/application_default_credentials.json",
    ],
  },
  {
    name: "dotenv",
    what: "settings of an installation, which often hold secrets",
    files: ["**/.env", "**/.env.{local,production,staging}", "**/.env.*.local"],
  },
];

/** The whole file is one key, and its halves belong together: a signature or a public key is never taken for one. */
function isNixSecretKey(text: string): boolean {
  if (!/^[^\s:]+:[A-Za-z0-9+/]{86}==\s*$/.test(text)) return false;
  try {
    parseSecretKey(text);
    return true;
  } catch (error) {
    if (isCatnixError(error, "NIX_KEY_INVALID")) return false;
    throw error;
  }
}
