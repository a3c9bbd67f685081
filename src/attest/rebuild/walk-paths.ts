import { runParallel } from "../../async/run-parallel.js";
import { CatnixError } from "../../errors/catnix-error.js";

/** Paths that are visited at a time. */
const PARALLEL = 8;
/** The most paths that a derivation may need; nixpkgs' largest need some ten thousand. */
const MAX_PATHS = 200_000;

/**
 * Visits paths and those that a visit leads to, each once, some at a time.
 * @param derivation who needs them
 * @throws CatnixError CLOSURE_TOO_LARGE; what `visit` throws; the signal's reason
 */
export async function walkPaths(
  starts: readonly string[],
  { derivation, signal }: { readonly derivation: string; readonly signal: AbortSignal },
  visit: (path: string, signal: AbortSignal) => Promise<readonly string[]>,
): Promise<void> {
  const seen = new Set<string>();
  for (let level = new Set(starts); level.size > 0;) {
    for (const path of level) seen.add(path);
    if (seen.size > MAX_PATHS) throw new CatnixError("CLOSURE_TOO_LARGE", { path: derivation, limit: MAX_PATHS });
    const next = new Set<string>();
    await runParallel(level.values(), PARALLEL, signal, async (path, either) => {
      for (const found of await visit(path, either)) if (!seen.has(found)) next.add(found);
    });
    level = next;
  }
}
