import pLimit from "p-limit";
import { CHUNK_SIZE, SPAN_SIZE } from "../../bmt/constants.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import type { Endpoint } from "./endpoint.js";
import type { LeafCursor } from "./leaf-cursor.js";
import type { Won } from "./race-endpoints.js";
import { verifyLeaves } from "./verify-leaves.js";

/** Where a file's bytes come from. */
export interface LeafSource {
  /** The file's bytes from `start` on, unverified, from any endpoint but those; throws where all others fail. */
  open(start: number, without: ReadonlySet<Endpoint>): Promise<Won<AsyncIterable<Uint8Array>>>;
  /** A verified leaf, from whichever endpoint has it. */
  getChunk(address: Uint8Array): Promise<Uint8Array>;
}

export interface StreamOptions {
  readonly endpoints: readonly Endpoint[];
  /** How long one leaf may take to arrive, in milliseconds. */
  readonly leafMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Leaves that are asked for as chunks where no stream gets further: doubled each time that streams bring little more than these do. */
const MAX_BY_CHUNK = 128;
/** Leaves that a stream has to bring for each one asked for as a chunk, to be worth the trouble. */
const WORTH = 4;
/** At a time. */
const PARALLEL_CHUNKS = 8;

/**
 * The bytes of `leaves`, each verified before it comes out. Whoever breaks off, drips or sends something wrong is not asked again
 * before somebody has got further; where nobody's stream gets further, the leaves in the way are asked for as chunks.
 * So it ends when a leaf cannot be had from anybody, and goes on as long as each attempt gets a leaf further.
 * @throws CatnixError of {@link LeafSource} for a leaf that nobody gives; the signal's reason
 */
export async function* streamLeaves(
  leaves: LeafCursor,
  source: LeafSource,
  { endpoints, leafMs, signal }: StreamOptions,
): AsyncGenerator<Uint8Array, void> {
  const failed = new Set<Endpoint>();
  let [byChunk, byStream] = [1, 0];
  try {
    for (let leaf = await leaves.current(); leaf !== undefined; leaf = await leaves.current()) {
      signal?.throwIfAborted();
      const opened = failed.size < endpoints.length ? await openOrFail(source, leaf.start, failed) : undefined;
      if (opened === undefined) {
        byChunk = byStream > WORTH * byChunk ? 1 : Math.min(2 * byChunk, MAX_BY_CHUNK);
        yield* readChunks(leaves, source, byChunk);
        byStream = 0;
        failed.clear();
        continue;
      }
      const { health } = opened.endpoint;
      try {
        for await (const piece of verifyLeaves(opened.value, leaves, { url: health.url, leafMs })) {
          health.addBytes(piece.length);
          byStream += piece.length / CHUNK_SIZE;
          failed.clear();
          yield piece;
        }
      } catch (error) {
        // What the file's tree lacks is not the fault of who sends its bytes.
        if (!isCatnixError(error) || leaves.failure !== undefined) throw error;
        signal?.throwIfAborted();
        health.fail(error);
        failed.add(opened.endpoint);
      }
    }
  } finally {
    await leaves.close();
  }
}

async function* readChunks(leaves: LeafCursor, source: LeafSource, count: number): AsyncGenerator<Uint8Array, void> {
  const limit = pLimit(PARALLEL_CHUNKS);
  const chunks = leaves.upcoming(count).map(({ address }) => limit(() => source.getChunk(address)));
  for (const chunk of chunks) chunk.catch(() => undefined); // reported when its turn comes
  try {
    for (const chunk of chunks) {
      const data = await chunk;
      leaves.advance();
      yield data.subarray(SPAN_SIZE);
    }
  } finally {
    limit.clearQueue();
  }
}

async function openOrFail(
  source: LeafSource,
  start: number,
  without: ReadonlySet<Endpoint>,
): Promise<Won<AsyncIterable<Uint8Array>> | undefined> {
  try {
    return await source.open(start, without);
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    return undefined;
  }
}

/** Of bytes that begin at the leaf of `start`, those of [start, end). */
export async function* trimTo(
  source: AsyncIterable<Uint8Array>,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Uint8Array, void> {
  let at = start - (start % CHUNK_SIZE);
  for await (const piece of source) {
    const wanted = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += piece.length;
    if (wanted.length > 0) yield wanted;
  }
}
