import { CatnixError } from "../errors/catnix-error.js";

/** Nix's alphabet: digits and lower-case letters without e, o, t and u (libutil/hash.cc, `base32Chars`). */
export const nixBase32Alphabet = "0123456789abcdfghijklmnpqrsvwxyz";

/** The value of each character code, -1 where it is not in the alphabet. */
const values = new Int8Array(128).fill(-1);
for (let value = 0; value < nixBase32Alphabet.length; value++) values[nixBase32Alphabet.charCodeAt(value)] = value;

/** The number of nix-base32 characters that `byteLength` bytes take: 32 for 20 bytes, 52 for 32. */
export function nixBase32Length(byteLength: number): number {
  return Math.ceil((byteLength * 8) / 5);
}

/**
 * Nix's base 32: not RFC 4648. The bytes are one little-endian number, written with its most significant five bits
 * first (libutil/hash.cc, `printHash32`).
 */
export function encodeNixBase32(bytes: Uint8Array): string {
  let text = "";
  for (let digit = nixBase32Length(bytes.length) - 1; digit >= 0; digit--) {
    const bit = digit * 5;
    const at = bit >> 3;
    // Two bytes always hold the five bits; past the last byte there are only zeros.
    const word = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
    text += nixBase32Alphabet[(word >> (bit & 7)) & 31]!;
  }
  return text;
}

/**
 * Strict inverse of {@link encodeNixBase32}: every text has one byte array and every byte array one text.
 * @param byteLength the number of bytes wanted
 * @throws CatnixError NIX_BASE32_INVALID where the length, a character or the unused high bits are wrong
 */
export function decodeNixBase32(text: string, byteLength: number): Uint8Array {
  const length = nixBase32Length(byteLength);
  if (text.length !== length) throw invalid(text, `wanted ${length} characters, got ${text.length}`);
  const bytes = new Uint8Array(byteLength);
  for (let at = 0; at < length; at++) {
    const value = values[text.charCodeAt(at)] ?? -1;
    if (value < 0) throw invalid(text, `character ${at + 1} is not in the alphabet`);
    const bit = (length - 1 - at) * 5;
    const low = bit >> 3;
    const shifted = value << (bit & 7);
    bytes[low]! |= shifted & 0xff;
    if (shifted > 0xff) {
      // Only the first character can reach past the end: 52 characters are 260 bits.
      if (low + 1 >= byteLength) throw invalid(text, "the first character is too large");
      bytes[low + 1]! |= shifted >> 8;
    }
  }
  return bytes;
}

function invalid(text: string, reason: string): CatnixError {
  return new CatnixError("NIX_BASE32_INVALID", { text: text.slice(0, 80), reason });
}
