import { decodeNixBase32, nixBase32Length } from "../encoding/nix-base32.js";

const hashBytes: ReadonlyMap<string, number> = new Map(
  Object.entries({ md5: 16, sha1: 20, sha256: 32, sha512: 64, blake3: 32 }),
);

/** What a content address is a hash of, and by which function. */
export interface ContentAddress {
  /** The contents of one file: `text` and `flat`; a NAR; a git tree. */
  readonly method: "text" | "flat" | "nar" | "git";
  /** One that {@link contentHashBytes} knows. */
  readonly algorithm: string;
  readonly hash: Uint8Array;
}

const FORM = /^(?:text:(sha256)|fixed:(?:(r|git):)?(md5|sha1|sha256|sha512|blake3)):([0-9a-z]+)$/;
const METHODS = { r: "nar", git: "git" } as const;

/** Bytes of a hash that contents are named by; undefined where Nix has no such algorithm. */
export function contentHashBytes(algorithm: string): number | undefined {
  return hashBytes.get(algorithm);
}

/**
 * Whether `text` is a content address as Nix prints it in `CA:` and in its database (libstore/content-address.cc):
 * `text:sha256:…`, `fixed:<algorithm>:…`, `fixed:r:…` for a NAR, `fixed:git:…` for a git tree; the hash in
 * nix-base32.
 */
export function isContentAddress(text: string): boolean {
  const match = FORM.exec(text);
  if (match === null) return false;
  const bytes = contentHashBytes(match[1] ?? match[3]!)!;
  return match[4]!.length === nixBase32Length(bytes) && !/[eotu]/.test(match[4]!);
}

/** What a text says that {@link isContentAddress} takes; undefined where its hash has bits beyond the last byte. */
export function parseContentAddress(text: string): ContentAddress | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const algorithm = match[1] ?? match[3]!;
  const method = match[1] !== undefined ? "text" : match[2] === undefined ? "flat" : METHODS[match[2] as "r" | "git"];
  try {
    return { method, algorithm, hash: decodeNixBase32(match[4]!, contentHashBytes(algorithm)!) };
  } catch {
    return undefined;
  }
}
