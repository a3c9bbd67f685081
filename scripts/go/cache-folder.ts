import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Where what is slow to make is kept: `$XDG_CACHE_HOME/catnix`, or `~/.cache/catnix` where that is not set. */
export function findCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const set = env["XDG_CACHE_HOME"] ?? "";
  // A relative one is to be ignored (XDG Base Directory Specification).
  return join(isAbsolute(set) ? set : join(homedir(), ".cache"), "catnix");
}
