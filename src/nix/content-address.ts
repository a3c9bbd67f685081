import { nixBase32Length } from "../encoding/nix-base32.js";

/** Bytes of each hash that contents are named by. */
export const hashBytes = { md5: 16, sha1: 20, sha256: 32, sha512: 64, blake3: 32 } as const;

/**
 * Whether `text` is a content address as Nix prints it in `CA:` and in its database (libstore/content-address.cc):
 * `text:sha256:…`, `fixed:<algorithm>:…`, `fixed:r:…` for a NAR, `fixed:git:…` for a git tree; the hash in
 * nix-base32.
 */
export function isContentAddress(text: string): boolean {
  const match = /^(?:text:(sha256)|fixed:(?:r:|git:)?(md5|sha1|sha256|sha512|blake3)):([0-9a-z]+)$/.exec(text);
  if (match === null) return false;
  const algorithm = (match[1] ?? match[2]) as keyof typeof hashBytes;
  return match[3]!.length === nixBase32Length(hashBytes[algorithm]) && !/[eotu]/.test(match[3]!);
}
