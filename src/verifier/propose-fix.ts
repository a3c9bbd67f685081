import { resolve } from "node:path";
import type { PathCheck } from "./path-check.js";

/**
 * The command that puts a path right, for a shell; undefined where there is nothing to do, or nothing that one could.
 * Nix fetches what it repairs from its substituters, and replaces a registered NarHash by theirs: with the consortium's cache
 * among them, that is the approved build.
 * @param root as in `nix --store`; absent for the system's store
 */
export function proposeFix({ storePath, status }: PathCheck, root?: string): string | undefined {
  // Nix takes a name without a slash for a kind of store; and the command may be run in another folder.
  const command = root === undefined ? "nix-store" : `nix-store --store ${quote(resolve(root))}`;
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

/** A store path may have a question mark, which a shell takes for any character. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
