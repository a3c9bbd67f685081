import type { Chunk } from "./chunk.js";
import { FileHasher, type FileDigest } from "./file-hasher.js";

/** Bytes split between two calls of the sink: 256 leaves, and the few chunks above them. */
const STEP = 1 << 20;

/**
 * Splits a file into its chunks, intermediate ones included, the root in the last call. Holds about 1 MiB of chunks at a
 * time and waits for `write` before it reads on.
 * @param write takes a non-empty list of chunks, which it may keep
 */
export async function splitFile(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  write: (chunks: Chunk[]) => void | Promise<void>,
): Promise<FileDigest> {
  let chunks: Chunk[] = [];
  let bytes = 0;
  const hasher = new FileHasher((chunk) => chunks.push(chunk));
  for await (const piece of source) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + STEP - bytes);
      hasher.update(part);
      at += part.length;
      bytes += part.length;
      if (bytes === STEP) {
        await write(chunks);
        chunks = [];
        bytes = 0;
      }
    }
  }
  const digest = hasher.digest();
  if (chunks.length > 0) await write(chunks);
  return digest;
}
