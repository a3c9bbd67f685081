import { beginBody } from "../swarm/begin-body.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { ByteRange } from "./file-answer.js";

/** A file whose first bytes are there. */
export interface OpenedFile {
  /** All of the range, the first bytes included. Leave its loop to call the read off. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/**
 * Opens a range of a file and waits for its first bytes, so that what fails before them can still be answered by a status.
 * The whole file comes as one stream that is verified at its end, a part of it chunk by chunk.
 * @param file.size bytes of the whole file
 * @throws CatnixError of {@link ContentStore.read} and {@link ContentStore.readRange}, also while the pieces are read
 */
export async function openFile(
  store: ContentStore,
  file: { address: string; size: number },
  range: ByteRange,
  signal: AbortSignal,
): Promise<OpenedFile> {
  const { address, size } = file;
  const isWhole = range.start === 0 && range.end === size;
  const body = isWhole
    ? (await store.read(address, { size, signal })).body
    : store.readRange(address, range, { signal });
  return { pieces: await beginBody(body) };
}
