import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { runParallel } from "../async/run-parallel.js";
import { countChunks } from "../bmt/count-chunks.js";
import { parseFileNode } from "../bmt/file-node.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { ContentStore } from "../swarm/content-store.js";

/** A file whose inner chunks are sampled. */
export interface SampledFile {
  /** 64 hexadecimal digits. */
  readonly address: string;
  /** Bytes. */
  readonly size: number;
}

export interface ReadbackOptions {
  /** A node other than the one that was uploaded to. */
  readonly store: ContentStore;
  /** Its URL, for messages. */
  readonly url: string;
  /** Chunks that have to be there, 64 hexadecimal digits each: the roots of all files, and what is no file. */
  readonly roots: Iterable<string>;
  /** Files of which leaves are chosen at random, larger ones more often, and read with all chunks above them. */
  readonly files: readonly SampledFile[];
  /** How many leaves. */
  readonly samples: number;
  /** Decides which: the same seed chooses the same. */
  readonly seed: string;
  /** How long what is missing may still be on its way, in milliseconds; two minutes where not given. */
  readonly patienceMs?: number | undefined;
  readonly onRead?: ((read: number, of: number) => void) | undefined;
  /** Told before each pause how much is missing yet. */
  readonly onMissing?: ((missing: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PARALLEL = 16;
const PATIENCE_MS = 120_000;
const [FIRST_PAUSE, LAST_PAUSE] = [1000, 20_000];

/** Something to read: a chunk, or the leaf of a file at an offset with all chunks above it. */
interface Wanted {
  readonly address: string;
  readonly offset?: number;
}

/**
 * Reads back what was uploaded, through another node: every root, and a random sample of what is below. Every chunk is
 * verified. A node answers an upload before the network has it, so what is missing is asked for again for a while.
 * @returns how many reads there were
 * @throws CatnixError READBACK_FAILED; the signal's reason
 */
export async function readBack(options: ReadbackOptions): Promise<{ roots: number; samples: number }> {
  const { store, url, files, seed, patienceMs = PATIENCE_MS, onRead, onMissing, signal } = options;
  const roots = [...new Set(options.roots)].map((address): Wanted => ({ address }));
  const samples = chooseLeaves(files, options.samples, seed);
  const all = [...roots, ...samples];
  const end = performance.now() + patienceMs;
  let read = 0;
  let wanted = all;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LAST_PAUSE, pause * 2)) {
    const missing: { readonly one: Wanted; readonly error: CatnixError }[] = [];
    await runParallel(wanted.values(), PARALLEL, signal, async (one, either) => {
      try {
        await readOne(one, store, either);
        onRead?.(++read, all.length);
      } catch (error) {
        if (either.aborted || !isCatnixError(error)) throw error;
        missing.push({ one, error });
      }
    });
    const [first] = missing;
    if (first === undefined) return { roots: roots.length, samples: samples.length };
    if (performance.now() + pause > end) {
      const { message: reason } = first.error;
      const details = { url, missing: missing.length, read: all.length, first: first.one.address, reason };
      throw new CatnixError("READBACK_FAILED", details, { cause: first.error });
    }
    onMissing?.(missing.length);
    await setTimeout(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
    wanted = missing.map(({ one }) => one);
  }
}

async function readOne({ address, offset }: Wanted, store: ContentStore, signal: AbortSignal): Promise<void> {
  const data = await store.getChunk(address, { signal });
  if (offset === undefined) return;
  let node = parseFileNode(fromHex(address, 32), data);
  let start = 0;
  while ("children" in node) {
    const child = node.children.find(({ span }) => offset < start + span || void (start += span));
    if (child === undefined) throw new RangeError(`offset ${offset} is not in ${address}`);
    node = parseFileNode(child.address, await store.getChunk(toHex(child.address), { signal }), child.span);
  }
}

/**
 * Leaves of files, chosen alike among all bytes.
 * @param seed of a chain of SHA-256: nobody who knows only the content can tell which ones will be read
 */
export function chooseLeaves(files: readonly SampledFile[], samples: number, seed: string): Required<Wanted>[] {
  // A file of one chunk is its root.
  const larger = files.filter(({ size }) => countChunks(size) > 1);
  const total = larger.reduce((sum, { size }) => sum + size, 0);
  if (total === 0) return [];
  return Array.from({ length: samples }, (_, at) => {
    const digest = createHash("sha256").update(`${seed}:${at}`).digest();
    let offset = Number(digest.readBigUInt64BE() % BigInt(total));
    const file = larger.find(({ size }) => offset < size || void (offset -= size))!;
    return { address: file.address, offset };
  });
}
