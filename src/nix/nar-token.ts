/**
 * The NAR format (Nix manual, "Nix Archive (NAR) Format"; libutil/archive.cc): every token is a little-endian 64-bit
 * length, that many bytes, and zeros up to a multiple of 8.
 */
export const narMagic = "nix-archive-1";

/**
 * The longest entry name in bytes: `NAME_MAX` of Linux. Nix states no limit; no file system could hold a longer one.
 */
export const maxNarNameLength = 255;

/** The longest symlink target in bytes: `PATH_MAX` of Linux without its NUL. */
export const maxNarTargetLength = 4095;

/** The deepest nesting of directories that is read or written; far beyond what `PATH_MAX` lets a program name. */
export const maxNarDepth = 1024;

/** The number of zeros after `length` bytes: 0 to 7. */
export function narPadding(length: number): number {
  return -length & 7;
}

/** Bytes of a token of `length` bytes with what is around it. */
export function narTokenSize(length: number): number {
  return 8 + length + narPadding(length);
}

/** One token whole; its bytes must be few. */
export function encodeNarToken(token: string | Uint8Array): Buffer {
  const bytes = typeof token === "string" ? Buffer.from(token, "latin1") : token;
  const encoded = Buffer.alloc(narTokenSize(bytes.length));
  encoded.writeBigUInt64LE(BigInt(bytes.length));
  encoded.set(bytes, 8);
  return encoded;
}
