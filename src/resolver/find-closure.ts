import { runParallel } from "../async/run-parallel.js";
import type { CatRecord } from "../cat/record.js";
import type { GetChunk } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { type AskedPath, askReference } from "./asked-path.js";
import { keepChunks } from "./keep-chunks.js";
import { readRecord, type RecordSource, requireApproved } from "./read-record.js";
import type { RegistryView } from "./registry-view.js";
import { resolveNixId } from "./resolve-nix-id.js";

/** An approved build of a path. */
export interface ApprovedPath {
  readonly record: CatRecord;
  /** 64 hex digits. */
  readonly swarmId: string;
}

export interface FindOptions extends RecordSource {
  readonly view: RegistryView;
  /** No closure may have more paths; 131,072 where not given. */
  readonly maxPaths?: number;
  /** How many paths are known, and how many were read. */
  readonly onProgress?: ((known: number, read: number) => void) | undefined;
}

const PARALLEL = 8;
/** Paths of one closure: a whole NixOS system has some thousands. */
const MAX_PATHS = 1 << 17;

/**
 * Finds the approved build of a path, proved up to the view's root.
 * @throws CatnixError CAT_PATH_UNKNOWN, CAT_PATH_WITHDRAWN; as `resolveNixId` and `readRecord`
 */
export async function findApproved(asked: AskedPath, options: FindOptions): Promise<ApprovedPath> {
  return find(asked, getChunkFrom(options), options);
}

/**
 * The same for all that the path refers to, directly or not: all at the same root.
 * @returns the asked path first, then the others by their names
 * @throws CatnixError CLOSURE_TOO_LARGE; as {@link findApproved}, for any path of the closure
 */
export async function findClosure(asked: AskedPath, options: FindOptions): Promise<ApprovedPath[]> {
  const { maxPaths = MAX_PATHS } = options;
  const getChunk = keepChunks(getChunkFrom(options));
  const first = await find(asked, getChunk, options);
  const found = new Map([[first.record.storePath, first]]);
  const known = new Set(found.keys());
  const listNew = ({ record }: ApprovedPath) =>
    record.references
      .map((reference) => askReference(reference, options.storeDir))
      .filter(({ text }) => !known.has(text) && known.add(text));
  for (let next = listNew(first); next.length > 0;) {
    if (known.size > maxPaths) throw new CatnixError("CLOSURE_TOO_LARGE", { path: asked.text, limit: maxPaths });
    const further: AskedPath[] = [];
    await runParallel(next.values(), PARALLEL, options.signal, async (path, signal) => {
      const approved = await find(path, getChunk, { ...options, signal });
      found.set(approved.record.storePath, approved);
      further.push(...listNew(approved));
      options.onProgress?.(known.size, found.size);
    });
    next = further;
  }
  const [, ...others] = [...found.values()];
  return [first, ...others.sort((a, b) => (a.record.storePath < b.record.storePath ? -1 : 1))];
}

async function find(asked: AskedPath, getChunk: GetChunk, options: FindOptions): Promise<ApprovedPath> {
  const { view } = options;
  const row = await requireApproved(await resolveNixId(view, asked.nixId, getChunk), asked, view);
  const { record } = await readRecord(row, asked, options);
  return { record, swarmId: toHex(row.swarmId) };
}

function getChunkFrom({ store, signal }: FindOptions): GetChunk {
  return (address) => store.getChunk(address, { signal });
}
