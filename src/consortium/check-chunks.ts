import { runParallel } from "../async/run-parallel.js";
import type { CatUpdate } from "../cat/apply.js";
import { emptySubtree } from "../cat/empty-subtree.js";
import { countLevels } from "../cat/tree.js";
import type { ContentStore } from "../swarm/content-store.js";

const PARALLEL = 16;

/**
 * Fetches the chunks that are new in the CAT. A root that nobody can read would be approved once and then stand in the way
 * of the next batch, which is made and checked on top of it. Chunks without rows are known and need not be there.
 * @throws CatnixError SWARM_NOT_FOUND where one is missing, and what the store throws
 */
export async function checkChunks({ cat, chunks }: CatUpdate, store: ContentStore, signal: AbortSignal): Promise<void> {
  const levels = Array.from({ length: countLevels(cat.depth) + 1 }, (_, level) => level);
  const known = new Set(levels.map((level) => emptySubtree(cat.depth, level).address));
  const wanted = chunks.filter(({ address }) => !known.has(address));
  await runParallel(wanted.values(), PARALLEL, signal, async ({ address }, either) => {
    await store.getChunk(address, { signal: either }); // verified there
  });
}
