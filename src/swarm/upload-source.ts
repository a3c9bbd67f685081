import type { FileHasher } from "../bmt/file-hasher.js";

/** Bytes handed over at a time when an upload from memory is streamed. */
const PIECE = 1 << 16;

/** Bytes in memory as a stream. */
export function* sliceBytes(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** Passes a stream on while hashing it. */
export async function* hashSource(
  source: AsyncIterable<Uint8Array>,
  hasher: FileHasher,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of source) {
    hasher.update(piece);
    yield piece;
  }
}
