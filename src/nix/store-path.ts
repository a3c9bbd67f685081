import { isZero } from "../encoding/bytes.js";
import { decodeNixBase32, encodeNixBase32 } from "../encoding/nix-base32.js";
import { CatnixError } from "../errors/catnix-error.js";

/** The store folder of nearly every Nix store, and of every CAT whose charter names no other. */
export const defaultStoreDir = "/nix/store";

/** The longest name that Nix allows, in characters (libstore/path.hh, `MaxPathLen`). */
const maxNameLength = 211;

const hashLength = 32;

/** What the last component of a store path says: `<hash part>-<name>`. */
export interface StoreBaseName {
  readonly baseName: string;
  /** 32 characters of nix-base32. */
  readonly hashPart: string;
  readonly name: string;
  /** The hash part decoded: 20 bytes, never all zero. */
  readonly nixId: Uint8Array;
}

/** A store path of the form `<store folder>/<hash part>-<name>`. */
export interface StorePath extends StoreBaseName {
  readonly path: string;
}

/**
 * Parses `<hash part>-<name>` by Nix's rules (libstore/path.cc, `checkName`) and the CAT's (no zero `nixId`). A name may
 * start with a period, but its part before the first dash is neither `.` nor `..`; some versions of Nix refuse more, others
 * less.
 * @throws CatnixError STORE_PATH_INVALID
 */
export function parseBaseName(baseName: string): StoreBaseName {
  const hashPart = baseName.slice(0, hashLength);
  const name = baseName.slice(hashLength + 1);
  if (baseName[hashLength] !== "-") throw invalid(baseName, "wanted 32 characters, a dash and a name");
  if (name === "") throw invalid(baseName, "the name is empty");
  if (name.length > maxNameLength) throw invalid(baseName, `the name is longer than ${maxNameLength} characters`);
  if (/^\.\.?(-|$)/.test(name)) throw invalid(baseName, 'the name is or starts with the component "." or ".."');
  if (!/^[0-9a-zA-Z+\-._?=]*$/.test(name)) throw invalid(baseName, "the name has a character that Nix does not allow");
  return { baseName, hashPart, name, nixId: parseHashPart(hashPart, baseName) };
}

/**
 * Parses a store path; nothing may follow the base name.
 * @param storeDir the store folder that the path must lie in, without a slash at its end
 * @throws CatnixError STORE_PATH_INVALID
 */
export function parseStorePath(path: string, storeDir: string = defaultStoreDir): StorePath {
  if (!path.startsWith(`${storeDir}/`)) throw invalid(path, `it is not in ${storeDir}`);
  return { path, ...parseBaseName(path.slice(storeDir.length + 1)) };
}

/**
 * The `nixId` of 32 characters of nix-base32, as a request for `/<hash part>.narinfo` names it: 20 bytes.
 * @throws CatnixError STORE_PATH_INVALID
 */
export function parseHashPart(hashPart: string, whole: string = hashPart): Uint8Array {
  let nixId: Uint8Array;
  try {
    nixId = decodeNixBase32(hashPart, 20);
  } catch (cause) {
    throw invalid(whole, "the hash part is not 32 characters of nix-base32", cause);
  }
  if (isZero(nixId)) throw invalid(whole, "the hash part is zero");
  return nixId;
}

/**
 * Strict inverse of {@link parseHashPart}.
 * @param nixId 20 bytes
 * @throws RangeError where it is not 20 bytes long
 */
export function formatHashPart(nixId: Uint8Array): string {
  if (nixId.length !== 20) throw new RangeError(`a nixId has 20 bytes, not ${nixId.length}`);
  return encodeNixBase32(nixId);
}

function invalid(path: string, reason: string, cause?: unknown): CatnixError {
  return new CatnixError("STORE_PATH_INVALID", { path: path.slice(0, 300), reason }, { cause });
}
