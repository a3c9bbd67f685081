import { fromHex, isHex } from "../encoding/hex.js";
import { decodeNixBase32, encodeNixBase32 } from "../encoding/nix-base32.js";
import { CatnixError } from "../errors/catnix-error.js";

const prefix = "sha256:";

/**
 * A SHA-256 hash as narinfo and fingerprints write it: `sha256:` and 52 characters of nix-base32.
 * @param hash 32 bytes
 * @throws RangeError where it is not 32 bytes long
 */
export function formatNixSha256(hash: Uint8Array): string {
  if (hash.length !== 32) throw new RangeError(`a SHA-256 hash has 32 bytes, not ${hash.length}`);
  return prefix + encodeNixBase32(hash);
}

/**
 * Strict inverse of {@link formatNixSha256}: 32 bytes.
 * @throws CatnixError NIX_HASH_INVALID
 */
export function parseNixSha256(text: string): Uint8Array {
  if (!text.startsWith(prefix)) throw invalid(text, "wanted sha256:");
  try {
    return decodeNixBase32(text.slice(prefix.length), 32);
  } catch (cause) {
    throw invalid(text, "wanted 52 characters of nix-base32 after sha256:", cause);
  }
}

/**
 * Parses what Nix's database holds, `sha256:` and 64 lower-case hexadecimal digits, and the form of narinfo as well:
 * 32 bytes.
 * @throws CatnixError NIX_HASH_INVALID
 */
export function parseNixSha256Any(text: string): Uint8Array {
  const digits = text.slice(prefix.length);
  return text.startsWith(prefix) && isHex(digits, 32) ? fromHex(digits, 32) : parseNixSha256(text);
}

function invalid(text: string, reason: string, cause?: unknown): CatnixError {
  return new CatnixError("NIX_HASH_INVALID", { text: text.slice(0, 100), reason }, { cause });
}
