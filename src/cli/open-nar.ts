import { lstatSync } from "node:fs";
import { resolve } from "node:path";
import { CatnixError } from "../errors/catnix-error.js";
import { readBytes } from "../files/read-stream.js";
import { checkNar } from "../nix/nar-read.js";
import { parseBaseName, parseHashPart } from "../nix/store-path.js";
import { openNixStore } from "../nixdb/nix-store.js";
import { hashPartsOf } from "../publisher/compress-nar.js";
import { readStoreNar } from "../publisher/read-nar.js";
import type { Context } from "./context.js";

/** A NAR to be read once, and the hash parts that it may mention. */
export interface OpenedNar {
  readonly nar: AsyncIterable<Uint8Array>;
  readonly references: readonly string[];
}

export interface OpenNarOptions {
  /** Root of the Nix store. */
  readonly store?: string;
  /** Further references, as store paths, base names or hash parts. */
  readonly references?: readonly string[];
}

/**
 * Opens what a person means by a NAR: a store path or a link to one, a file, or `-`, standard input. Of a store path the
 * references come from Nix's database, and the NAR is held against it.
 * @throws CatnixError STORE_PATH_INVALID, STORE_PATH_NOT_FOUND, STORE_PATH_NOT_VALID, NIX_DB_…; while it is read STORE_PATH_MODIFIED,
 * FILE_UNREADABLE, NAR_…
 */
export function openNar(context: Context, input: string, { store, references = [] }: OpenNarOptions): OpenedNar {
  const { signal, config } = context;
  const given = references.map(parseReference);
  const inStore = resolve(input).startsWith(`${config.storeDir}/`);
  if (input === "-" || (!inStore && lstatSync(input, { throwIfNoEntry: false })?.isFile()))
    return { nar: checkNar(readBytes(input, signal)), references: given };
  using nix = openNixStore({ ...(store !== undefined && { root: store }), storeDir: config.storeDir });
  const storePath = nix.resolvePath(input);
  const info = nix.queryPathInfo(storePath);
  if (info === undefined) throw new CatnixError("STORE_PATH_NOT_VALID", { path: storePath });
  return { nar: readStoreNar(info, nix.realPath(storePath), signal), references: [...hashPartsOf(info), ...given] };
}

/** @throws CatnixError STORE_PATH_INVALID */
function parseReference(text: string): string {
  const baseName = text.slice(text.lastIndexOf("/") + 1);
  if (baseName.includes("-")) return parseBaseName(baseName).hashPart;
  parseHashPart(baseName);
  return baseName;
}
