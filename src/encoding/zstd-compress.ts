import { createZstdCompress, type ZstdCompress } from "node:zlib";

/**
 * Compresses to one zstd frame as bytes stream by, in a thread of its own. Holds a few pieces of input and output.
 * @param options.params of zstd (`ZSTD_c_…`)
 * @param options.size bytes of `source`, where they are known; the frame states it
 * @throws what `source` throws, as it is; the frame then has no end
 */
export async function* compressFrame(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { params, size }: { params: Record<number, number>; size?: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = createZstdCompress({ params, ...(size !== undefined && { pledgedSrcSize: size }) });
  const feeding = feed(encoder, source);
  try {
    yield* encoder as AsyncIterable<Uint8Array>;
  } finally {
    encoder.destroy(); // ends the source as well, where nobody reads on
    await feeding;
  }
}

/**
 * Writes the source to the encoder, and ends it only when the last piece is through: told of the end while it has a piece in
 * hand, Node's encoder ends the frame with that piece and then writes a second, empty frame. Never throws: what fails,
 * destroys the encoder.
 */
async function feed(encoder: ZstdCompress, source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const piece of source) await write(encoder, piece);
    encoder.end();
  } catch (error) {
    encoder.destroy(error as Error);
  }
}

/** Settles when the piece is through, or the encoder is closed: one that waits for its reader then says nothing. */
function write(encoder: ZstdCompress, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error("the encoder was closed"));
    encoder.once("close", giveUp);
    encoder.write(piece, (error) => {
      encoder.off("close", giveUp);
      if (error) reject(error);
      else resolve();
    });
  });
}
