import { sign, verify } from "node:crypto";
import { promisify } from "node:util";
import { decodeCanonicalBase64, splitNamed, type PublicKey, type SecretKey } from "./signing-key.js";

/** Signs as Nix does: `<key name>:<base64 of the 64 bytes of an Ed25519 signature>`. */
export function signFingerprint(fingerprint: string, key: SecretKey): string {
  return `${key.name}:${sign(null, Buffer.from(fingerprint), key.privateKey).toString("base64")}`;
}

/** Whether `text` has the form of a Nix signature; says nothing about who made it. */
export function isSignature(text: string): boolean {
  return splitSignature(text) !== undefined;
}

/**
 * The first of `keys` that has the signature's name and made it; undefined where there is none, also where the
 * signature is malformed.
 */
export function verifySignature(
  signature: string,
  fingerprint: string,
  keys: Iterable<PublicKey>,
): PublicKey | undefined {
  const split = splitSignature(signature);
  if (split === undefined) return undefined;
  const message = Buffer.from(fingerprint);
  for (const key of keys) {
    if (key.name === split.name && verify(null, message, key.key, split.bytes)) return key;
  }
  return undefined;
}

const verifyElsewhere = promisify<null, Uint8Array, PublicKey["key"], Uint8Array, boolean>(verify);

/**
 * Whether `key` made these 64 bytes over the fingerprint. It is looked at on another thread: a hundred thousand of them take
 * seconds.
 */
export function verifySignatureBytes(signature: Uint8Array, fingerprint: string, key: PublicKey): Promise<boolean> {
  return verifyElsewhere(null, Buffer.from(fingerprint), key.key, signature);
}

function splitSignature(text: string): { name: string; bytes: Uint8Array } | undefined {
  const named = splitNamed(text);
  const bytes = named && decodeCanonicalBase64(named.payload, 64);
  return bytes && { name: named.name, bytes };
}
