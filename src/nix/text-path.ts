import { createHash } from "node:crypto";
import { CatnixError } from "../errors/catnix-error.js";
import { type Derivation, parseDerivation, referencesOf } from "./derivation.js";
import { makeStorePath } from "./make-store-path.js";
import { defaultStoreDir, parseStorePath } from "./store-path.js";

/**
 * The store path of a text that was added to the store with its references (libstore/store-api.cc, `makeTextPath`): of a
 * `.drv`, and of what `builtins.toFile` makes.
 * @param name what follows the hash
 * @param references full store paths, ascending
 */
export function makeTextPath(
  name: string,
  contents: Uint8Array,
  references: readonly string[],
  storeDir: string = defaultStoreDir,
): string {
  const hash = createHash("sha256").update(contents).digest();
  return makeStorePath(["text", ...references].join(":"), hash, name, storeDir);
}

/**
 * Parses a `.drv` and compares it with the store path that it is said to be: the path commits to every byte.
 * @throws CatnixError STORE_PATH_INVALID, DERIVATION_INVALID; DERIVATION_PATH_MISMATCH where it is another one
 */
export function parseDerivationAt(path: string, contents: Uint8Array, storeDir: string = defaultStoreDir): Derivation {
  const { name } = parseStorePath(path, storeDir);
  const derivation = parseDerivation(contents, storeDir);
  const actual = makeTextPath(name, contents, referencesOf(derivation), storeDir);
  if (actual !== path) throw new CatnixError("DERIVATION_PATH_MISMATCH", { path, actual });
  return derivation;
}
