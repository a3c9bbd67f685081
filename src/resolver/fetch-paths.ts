import { mkdirSync } from "node:fs";
import { join } from "node:path";
import pRetry from "p-retry";
import { runParallel } from "../async/run-parallel.js";
import type { CatRecord } from "../cat/record.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { makeWhole } from "../files/make-whole.js";
import { writeNewFile } from "../files/write-stream.js";
import { checkNar } from "../nix/nar-read.js";
import { unpackNar } from "../nix/nar-unpack.js";
import { removeTree } from "../nix/remove-tree.js";
import { parseStorePath } from "../nix/store-path.js";
import type { ContentStore } from "../swarm/content-store.js";
import { readNarOf } from "./read-nar.js";

export interface FetchOptions {
  readonly store: ContentStore;
  readonly storeDir: string;
  /** NARs under way at a time. */
  readonly parallel: number;
  /** NAR bytes that came in, less those of an attempt that failed. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly onDone?: ((storePath: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Further attempts at one NAR, after what may pass: a lost connection, a chunk that was not found. */
const RETRIES = 2;
/** So that whoever fetched something can delete it again; what is in it stays read-only, as in a store. */
const FOLDER_MODE = 0o755;

/**
 * Fetches the NAR of a record and unpacks it to `target`: files of mode 0444 or 0555, folders of 0755. It is there
 * whole, every byte held against the record, or not at all.
 * @throws CatnixError FILE_EXISTS, DISK_FULL, FILE_UNWRITABLE, NAR_…, and what the store throws; the signal's reason
 */
export async function fetchTree(record: CatRecord, target: string, options: FetchOptions): Promise<void> {
  await makeWhole(target, (partial) => unpackOne(record, partial, options));
}

/** The same as one NAR file; throws like {@link fetchTree}. */
export async function fetchNar(record: CatRecord, target: string, options: FetchOptions): Promise<void> {
  await makeWhole(target, (partial) =>
    attemptOften(record, partial, options, (nar, path, signal) => writeNewFile(path, checkNar(nar), { signal })),
  );
}

/**
 * Fetches many into one folder, each under its base name: as the store folder has them. The folder is there with all of them,
 * or not at all.
 * @throws CatnixError as {@link fetchTree}
 */
export async function fetchTrees(records: readonly CatRecord[], target: string, options: FetchOptions): Promise<void> {
  const { parallel, signal, storeDir } = options;
  await makeWhole(target, async (partial) => {
    mkdirSync(partial, { mode: FOLDER_MODE });
    await runParallel(records.values(), parallel, signal, async (record, either) => {
      const { baseName } = parseStorePath(record.storePath, storeDir);
      await unpackOne(record, join(partial, baseName), { ...options, signal: either });
    });
  });
}

function unpackOne(record: CatRecord, path: string, options: FetchOptions): Promise<void> {
  return attemptOften(record, path, options, (nar, target, signal) =>
    unpackNar(nar, target, { signal, directoryMode: FOLDER_MODE }),
  );
}

type Write = (nar: AsyncIterable<Uint8Array>, path: string, signal: AbortSignal | undefined) => Promise<void>;

async function attemptOften(record: CatRecord, path: string, options: FetchOptions, write: Write): Promise<void> {
  const { store, signal, onBytes, onDone } = options;
  const attempt = async () => {
    let received = 0;
    const count = (bytes: number) => {
      received += bytes;
      onBytes?.(bytes);
    };
    try {
      await write(readNarOf(record, { store, signal, onBytes: count }), path, signal);
    } catch (error) {
      onBytes?.(-received);
      removeTree(path);
      throw error;
    }
  };
  await pRetry(attempt, {
    retries: RETRIES,
    minTimeout: 200,
    ...(signal && { signal }),
    shouldRetry: ({ error }) => isCatnixError(error) && error.retryable,
  });
  onDone?.(record.storePath);
}
