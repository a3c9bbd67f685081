import { runParallel } from "../async/run-parallel.js";
import { lookupRow } from "../cat/lookup.js";
import type { CatRecord } from "../cat/record.js";
import { isTombstone } from "../cat/row.js";
import type { GetChunk } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import { parseBaseName } from "../nix/store-path.js";
import type { CheckedBatch } from "./check-batch.js";
import type { RecordReader } from "./record-reader.js";

/** What a machine has to have for everything that a batch lists: the paths themselves, and all that they refer to. */
export interface ClosureSize {
  readonly paths: number;
  /** Bytes of their NARs together. */
  readonly narSize: number;
  /** Paths of them that have no record that can be read; their size and references are not counted. */
  readonly unreadable: number;
  /** False where there are more paths than are followed. */
  readonly complete: boolean;
}

export interface MeasureOptions {
  /** Of the store whose chunks the batch was checked by. */
  readonly getChunk: GetChunk;
  readonly records: RecordReader;
  readonly signal: AbortSignal;
}

const PARALLEL = 16;
/** Paths outside of the batch that are followed, each by some chunks; an operating system's closure has a few thousand. */
const MAX_OUTSIDE = 20_000;
/** Chunks of the CAT that are kept meanwhile: those near its root are asked for with every path. */
const MAX_CHUNKS = 4096;

/**
 * Adds up the closure of a batch. What the batch does not set itself is looked up in its parent, where it is the same.
 * @throws CatnixError what chunks and records throw
 */
export async function measureClosure(
  { rows, parent }: Pick<CheckedBatch, "rows" | "parent">,
  { getChunk, records, signal }: MeasureOptions,
): Promise<ClosureSize> {
  const seen = new Set(rows.map(({ row }) => toHex(row.nixId)));
  const sums = { paths: 0, narSize: 0, unreadable: 0 };
  let frontier: Uint8Array[] = [];
  const add = ({ narSize, references }: CatRecord) => {
    sums.paths++;
    sums.narSize += narSize;
    for (const reference of references) {
      const { nixId } = parseBaseName(reference);
      const id = toHex(nixId);
      if (seen.has(id)) continue;
      seen.add(id);
      frontier.push(nixId);
    }
  };
  for (const { kind, held } of rows) if (kind !== "withdrawn") add(held.record);
  const getKept = keepChunks(getChunk);
  let outside = 0;
  while (frontier.length > 0) {
    const next = frontier.slice(0, MAX_OUTSIDE - outside);
    if (next.length === 0) return { ...sums, complete: false };
    outside += next.length;
    frontier = frontier.slice(next.length);
    await runParallel(next.values(), PARALLEL, signal, async (nixId, either) => {
      const row = await lookupRow(parent, nixId, getKept);
      const record = row && !isTombstone(row) ? await records.readReplaced(row, either) : undefined;
      if (record) add(record);
      else sums.unreadable++;
    });
  }
  return { ...sums, complete: true };
}

function keepChunks(getChunk: GetChunk): GetChunk {
  const kept = new Map<string, ReturnType<GetChunk>>();
  return (address) => {
    const found = kept.get(address);
    if (found) return found;
    const chunk = getChunk(address);
    if (kept.size < MAX_CHUNKS) kept.set(address, chunk);
    return chunk;
  };
}
