import { runParallel } from "../async/run-parallel.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { NixStore } from "../nixdb/nix-store.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { bucketOf, fullestAfter, fullestOf, overflowRisk, type StampBuckets } from "../swarm/postage/overflow-risk.js";
import { boundBatch, boundUpload } from "./bound-upload.js";
import { reckonPath, type ReckonOptions } from "./reckon-path.js";

/** What an immutable postage batch has room for. */
export interface StampRoom {
  /** 64 hexadecimal digits. */
  readonly batch: string;
  readonly buckets: StampBuckets;
}

export interface RoomOptions extends ReckonOptions {
  readonly nix: NixStore;
  /** Paths that are reckoned at a time. */
  readonly parallel: number;
  /** Which of the paths have to be uploaded at all; asked only where sizes do not tell enough. */
  readonly needed: (paths: readonly PathInfo[]) => Promise<readonly PathInfo[]>;
  /** Called after each path whose chunks had to be reckoned. */
  readonly onReckoned?: ((storePath: string) => void) | undefined;
}

/** What uploads come to. */
export interface Reckoning {
  /** Chunks, counted as if none of them were there. */
  readonly chunks: number;
  /** Bytes; undefined where only sizes were looked at. */
  readonly bytes: number | undefined;
  /** Whether the chunks were made, not bounded by sizes. */
  readonly isExact: boolean;
  /** Likelihood, from 0 to 1, that a bucket overflows; and chunks in the fullest one afterwards. */
  readonly risk: number;
  readonly fullest: number;
}

/** Below the first a bound is enough; above the second an upload is refused. */
const [NEGLIGIBLE, REFUSED] = [0.001, 0.01];

/**
 * Holds uploads against the room of a batch, before the first byte of them is sent. Where their sizes alone do not rule out that a bucket
 * overflows, the chunks are made, without sending them, and counted bucket by bucket.
 * @param paths those that no earlier run has uploaded
 * @throws CatnixError STAMP_OVERFLOW; what reading the paths and `needed` throw; the signal's reason
 */
export async function checkRoom(paths: readonly PathInfo[], room: StampRoom, options: RoomOptions): Promise<Reckoning> {
  const bound = boundUpload(paths);
  const risk = overflowRisk(room.buckets, { others: bound });
  if (risk <= NEGLIGIBLE)
    return {
      ...{ chunks: bound, bytes: undefined, isExact: false, risk },
      fullest: fullestAfter(room.buckets, { others: bound }),
    };
  const exact = await reckonUpload(await options.needed(paths), room.buckets, options);
  if (exact.risk <= REFUSED) return exact;
  const { batch, buckets } = room;
  const { chunks, risk: likelihood } = exact;
  throw new CatnixError("STAMP_OVERFLOW", {
    batch,
    chunks,
    fullest: fullestOf(buckets),
    size: buckets.size,
    risk: likelihood,
  });
}

/**
 * Makes all chunks of the paths, without sending them, and counts them by bucket. Only the batch that lists the paths is bounded: its chunks
 * depend on the CAT.
 * @throws CatnixError what reading the paths throws; the signal's reason
 */
export async function reckonUpload(
  paths: readonly PathInfo[],
  buckets: StampBuckets,
  options: Omit<RoomOptions, "needed">,
): Promise<Reckoning> {
  const { nix, parallel, onReckoned } = options;
  const known = new Uint32Array(buckets.used.length);
  // A batch pays once for a chunk. Six bytes of its address are enough to know it again, and take a fifth of the memory.
  const chunks = new Set<number>();
  const countChunk = (address: Uint8Array) => {
    const key = Buffer.from(address.buffer, address.byteOffset, 6).readUIntBE(0, 6);
    if (chunks.has(key)) return;
    chunks.add(key);
    known[bucketOf(address)]!++;
  };
  const seen = new Set<string>();
  let [bytes, recordBytes] = [0, 0];
  await runParallel(paths.values(), parallel, options.signal, async (info, signal) => {
    const reckoned = await reckonPath(info, nix.realPath(info.storePath), { ...options, signal }, countChunk);
    recordBytes += reckoned.recordBytes;
    onReckoned?.(info.storePath);
    // Two builds of the same files are one upload.
    if (!seen.has(reckoned.narAddress)) bytes += reckoned.bytes;
    seen.add(reckoned.narAddress);
  });
  const others = boundBatch(paths.length, recordBytes);
  const planned = { known, others };
  return {
    ...{ chunks: chunks.size + others, bytes, isExact: true, risk: overflowRisk(buckets, planned) },
    fullest: fullestAfter(buckets, planned),
  };
}
