import { dirname, resolve } from "node:path";
import { defaultStoreDir } from "../nix/store-path.js";
import type { PathCheck } from "./path-check.js";

/**
 * The command that puts a path right, for a shell; undefined where there is nothing to do, or nothing that one could.
 * Nix fetches what it repairs from its substituters, and replaces a registered NarHash by theirs: with the consortium's cache
 * among them, that is the approved build.
 * @param root as in `nix --store`; absent for the system's store
 */
export function proposeFix({ storePath, status }: PathCheck, root?: string): string | undefined {
  const command = root === undefined ? "nix-store" : `nix-store --store ${quote(nameStore(root, dirname(storePath)))}`;
  switch (status) {
    case "withdrawn":
      return `${command} --delete ${quote(storePath)}`;
    case "modified":
    case "differs":
      return `${command} --repair-path ${quote(storePath)}`;
    default:
      return undefined;
  }
}

/**
 * As Nix reads it wherever the command is run (libstore/store-api.cc, `openStore`): a name without a slash would be a kind of store,
 * what follows a question mark settings, of which the store folder is one where it is not Nix's own.
 */
function nameStore(root: string, storeDir: string): string {
  const path = resolve(root);
  if (storeDir === defaultStoreDir && !path.includes("?")) return path;
  const settings = Object.entries({ root: path, store: storeDir });
  return `local?${settings.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

/** A store path may have a question mark, which a shell takes for any character. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
