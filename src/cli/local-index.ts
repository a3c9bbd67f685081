import { equalBytes } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { AskedPath } from "../resolver/asked-path.js";
import type { BatchFacts } from "../resolver/registry-view.js";
import type { ResolutionJson } from "../resolver/resolution-format.js";
import type { Resolution } from "../resolver/resolve-nix-id.js";
import type { OpenedView } from "./open-view.js";

/**
 * Says how far the local index is, and holds its row against the proof where it claims to hold the same CAT.
 * @throws CatnixError INDEX_DISAGREES, DATABASE_FAILED
 */
export function compareIndex(
  { view, index, indexFile }: OpenedView,
  asked: AskedPath,
  resolution: Resolution,
): ResolutionJson["index"] {
  const cursor = index?.cursor();
  if (!index || !cursor) return undefined;
  const { root } = view.cat;
  if (cursor.cat.root === root) {
    const found = index.findRow(asked.nixId);
    const proved = resolution.status === "unknown" ? undefined : resolution.proof.row;
    const agrees =
      found && proved ? found.seq === proved.seq && equalBytes(found.swarmId, proved.swarmId) : !found && !proved;
    if (!agrees) throw new CatnixError("INDEX_DISAGREES", { file: indexFile, path: asked.text, root });
  }
  return { seq: cursor.seq, block: cursor.block, current: cursor.seq === view.seq };
}

/** How the batch of a row was approved: from the index where it knows, which spares a search through the chain's events. */
export async function findBatch({ view, index }: OpenedView, seq: number): Promise<BatchFacts> {
  const approval = index?.findBatch(seq);
  if (approval && (seq !== view.seq || approval.digest === view.head)) return { seq, final: true, approval };
  return view.findBatch(seq);
}
