import { createPrivateKey, createPublicKey, randomBytes, type KeyObject } from "node:crypto";
import { equalBytes } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";

/** A key that signatures are checked with. */
export interface PublicKey {
  readonly name: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  readonly key: KeyObject;
}

/** A key that signs. The secret is inside a `KeyObject` only, which neither JSON nor a log prints. */
export interface SecretKey {
  readonly name: string;
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

/**
 * Parses `<name>:<base64 of 32 bytes>`, as `trusted-public-keys` has it.
 * @throws CatnixError NIX_KEY_INVALID
 */
export function parsePublicKey(text: string): PublicKey {
  const named = splitNamed(text);
  const bytes = named && decodeCanonicalBase64(named.payload, 32);
  if (!named || !bytes) throw invalid("wanted <name>:<base64 of 32 bytes>");
  return makePublicKey(named.name, bytes);
}

/** Strict inverse of {@link parsePublicKey}. */
export function formatPublicKey(key: PublicKey): string {
  return `${key.name}:${toBase64(key.bytes)}`;
}

/**
 * Parses a key file of `nix-store --generate-binary-cache-key`: `<name>:<base64 of 64 bytes>`, the Ed25519 seed and
 * the public key (libsodium's layout). White space around it, such as an editor's newline, is ignored.
 * @throws CatnixError NIX_KEY_INVALID; it never quotes the text
 */
export function parseSecretKey(text: string): SecretKey {
  const named = splitNamed(text.trim());
  const bytes = named && decodeCanonicalBase64(named.payload, 64);
  if (!named || !bytes) throw invalid("wanted <name>:<base64 of 64 bytes>");
  const key = makeSecretKey(named.name, bytes.subarray(0, 32));
  if (!equalBytes(key.publicKey.bytes, bytes.subarray(32))) throw invalid("its two halves do not belong together");
  return key;
}

/** Strict inverse of {@link parseSecretKey}: the one place where the secret becomes text. No newline at its end. */
export function formatSecretKey({ name, privateKey, publicKey }: SecretKey): string {
  const seed = Buffer.from(privateKey.export({ format: "jwk" }).d!, "base64url");
  return `${name}:${Buffer.concat([seed, publicKey.bytes]).toString("base64")}`;
}

/**
 * A new random key.
 * @throws CatnixError NIX_KEY_INVALID where the name is empty or has a colon or white space
 */
export function generateSecretKey(name: string): SecretKey {
  if (!isKeyName(name)) throw invalid("the name must not be empty, nor have a colon or white space");
  return makeSecretKey(name, randomBytes(32));
}

/** Splits `<name>:<payload>`; undefined where there is no usable name. */
export function splitNamed(text: string): { name: string; payload: string } | undefined {
  const colon = text.indexOf(":");
  const name = text.slice(0, colon);
  return colon > 0 && isKeyName(name) ? { name, payload: text.slice(colon + 1) } : undefined;
}

/** Decodes base64 with padding; undefined where it is not the one canonical text of `byteLength` bytes. */
export function decodeCanonicalBase64(text: string, byteLength: number): Uint8Array | undefined {
  if (text.length !== 4 * Math.ceil(byteLength / 3)) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.length === byteLength && bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined;
}

// Nix itself only splits at the first colon; white space could not stand in nix.conf, nor a newline in a narinfo.
function isKeyName(name: string): boolean {
  return name !== "" && !/[\s:\p{Cc}]/u.test(name);
}

function makePublicKey(name: string, bytes: Uint8Array): PublicKey {
  const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(bytes).toString("base64url") };
  return { name, bytes, key: createPublicKey({ key: jwk, format: "jwk" }) };
}

/** RFC 8410: the 16 bytes before the seed in an Ed25519 private key. */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

function makeSecretKey(name: string, seed: Uint8Array): SecretKey {
  const der = Buffer.concat([pkcs8Prefix, seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  return { name, privateKey, publicKey: makePublicKey(name, new Uint8Array(Buffer.from(x!, "base64url"))) };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function invalid(reason: string): CatnixError {
  return new CatnixError("NIX_KEY_INVALID", { reason });
}
