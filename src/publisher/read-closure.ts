import { parseStorePath } from "../nix/store-path.js";
import type { NixStore } from "../nixdb/nix-store.js";
import type { PathInfo } from "../nixdb/path-info.js";

export interface ClosureOptions {
  readonly nix: NixStore;
  /** Store paths, or what leads to them: `./result`, a profile. */
  readonly paths: readonly string[];
  /** The one store folder of the registry. */
  readonly storeDir: string;
  /** Whether the derivations of all paths are published with them, to the last, and the sources that those name. */
  readonly withDerivations?: boolean | undefined;
}

/** All that is to be published. */
export interface ReadClosure {
  /** References before the paths that mention them. */
  readonly closure: readonly PathInfo[];
  /** Where derivations were asked for. */
  readonly derivations?: FoundDerivations;
}

/** What of a closure others can build again. */
export interface FoundDerivations {
  /** Paths that are there for the derivations' sake: `.drv` files and sources. */
  readonly added: number;
  /** Paths of the closure whose derivation the store does not have, or does not know. */
  readonly missing: readonly { readonly storePath: string; readonly deriver?: string }[];
}

/**
 * The closure of store paths, all of it in the registry's store folder, and the derivations that made it.
 * @throws CatnixError STORE_PATH_NOT_FOUND, STORE_PATH_NOT_VALID, STORE_PATH_INVALID, NIX_DB_…
 */
export function readClosure({ nix, paths, storeDir, withDerivations = false }: ClosureOptions): ReadClosure {
  const roots = paths.map((path) => nix.resolvePath(path));
  const outputs = nix.closure(roots);
  if (!withDerivations) return { closure: requireStoreDir(outputs, storeDir) };
  const derivers = new Set<string>();
  const missing: { storePath: string; deriver?: string }[] = [];
  for (const { storePath, deriver, ca } of outputs) {
    if (deriver !== undefined && nix.queryPathInfo(deriver) !== undefined) derivers.add(deriver);
    // The path of what has a content address follows from its content: nobody has to build it.
    else if (ca === undefined) missing.push({ storePath, ...(deriver !== undefined && { deriver }) });
  }
  const closure = requireStoreDir(nix.closure([...roots, ...derivers]), storeDir);
  return { closure, derivations: { added: closure.length - outputs.length, missing } };
}

function requireStoreDir(closure: readonly PathInfo[], storeDir: string): readonly PathInfo[] {
  for (const { storePath } of closure) parseStorePath(storePath, storeDir);
  return closure;
}
