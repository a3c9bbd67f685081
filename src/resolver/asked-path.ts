import { CatnixError } from "../errors/catnix-error.js";
import { parseBaseName, parseHashPart, parseStorePath } from "../nix/store-path.js";
import { resolveStorePath } from "../nixdb/resolve-path.js";
import { locateStore } from "../nixdb/store-root.js";

/** A store path as somebody asked for it. */
export interface AskedPath {
  /** 20 bytes. */
  readonly nixId: Uint8Array;
  /** Absent where only the hash was given. */
  readonly baseName?: string;
  /** For messages: the store path, else the hash. */
  readonly text: string;
}

/**
 * Reads what a person may give: 32 characters of nix-base32, a base name, a store path, something below one, or a link that
 * leads to one, such as `./result`. Nothing of it has to be there, links excepted.
 * @throws CatnixError STORE_PATH_INVALID, STORE_PATH_NOT_FOUND, FILE_UNREADABLE
 */
export function parseAskedPath(input: string, storeDir: string): AskedPath {
  if (/^[0-9a-z]{32}$/.test(input)) return { nixId: parseHashPart(input), text: input };
  const isBaseName = /^[0-9a-z]{32}-[^/]*$/.test(input);
  const path = isBaseName ? `${storeDir}/${input}` : resolveStorePath(input, locateStore({ storeDir }));
  const { baseName, nixId } = parseStorePath(path, storeDir);
  return { nixId, baseName, text: path };
}

/** A reference of a record. */
export function askReference(baseName: string, storeDir: string): AskedPath {
  return { nixId: parseBaseName(baseName).nixId, baseName, text: `${storeDir}/${baseName}` };
}

/** @throws CatnixError PATH_NAMED_OTHERWISE where the record is of a path with the same hash and another name */
export function requireSameName({ baseName, text }: AskedPath, storePath: string): void {
  if (baseName !== undefined && !storePath.endsWith(`/${baseName}`))
    throw new CatnixError("PATH_NAMED_OTHERWISE", { asked: text, storePath });
}
