import { constants } from "node:zlib";

/** Larger segments are left to a thread: there, the way back and forth costs as much as this does. */
export const SMALL_SEGMENT_SIZE = 1024;

/** Room for what becomes of a small segment: its own bytes, and headers of block and frame. */
const output = new Uint8Array(2 * SMALL_SEGMENT_SIZE);

/** What Node's encoder has inside: the step of zstd that `write` has made in a thread. */
interface Handle {
  writeSync(flush: number, ...buffers: [Uint8Array, number, number, Uint8Array, number, number]): void;
}

/**
 * Compresses a small segment and flushes it (`e_flush`) without a thread: a microsecond or two, where the way to a thread and back takes twenty to
 * fifty, and a piece may have a hundred thousand of them. Node has no public way to do so, and uses this one for its own `…Sync` functions; where it is missing,
 * the segment has to be written as usual, and the bytes are the same.
 * @param encoder of `createZstdCompress` that has no write under way, and whose output has been read
 * @param segment of at most `SMALL_SEGMENT_SIZE` bytes
 * @returns a copy of what it became; undefined where that cannot be done, and nothing was
 */
export function flushAtOnce(encoder: { readonly errored: Error | null }, segment: Uint8Array): Buffer | undefined {
  const handle: unknown = Reflect.get(encoder, "_handle");
  const state: unknown = Reflect.get(encoder, "_writeState");
  if (!isHandle(handle) || !(state instanceof Uint32Array)) return undefined;
  handle.writeSync(constants.ZSTD_e_flush, segment, 0, segment.length, output, 0, output.length);
  if (encoder.errored) throw encoder.errored; // the state is then that of the step before
  const [roomLeft, inputLeft] = state as unknown as [number, number];
  if (inputLeft > 0 || roomLeft === 0) throw new TypeError("a segment that is not small");
  return Buffer.from(output.subarray(0, output.length - roomLeft));
}

function isHandle(value: unknown): value is Handle {
  return typeof value === "object" && value !== null && "writeSync" in value && typeof value.writeSync === "function";
}
