import { constants, createZstdCompress, type ZstdCompress } from "node:zlib";

/** The highest level whose window is within the 8 MiB that readers accept (zstd's `clevels.h`). */
const MAX_LEVEL = 19;

/**
 * What the NAR file's bytes depend on besides the NAR; uploads of one format may stand for each other.
 * @param level of zstd, 1 to 19
 * @throws RangeError where it is none
 */
export function formatOfLevel(level: number): string {
  if (!Number.isInteger(level) || level < 1 || level > MAX_LEVEL)
    throw new RangeError(`zstd level ${level} is not within 1 to ${MAX_LEVEL}`);
  return `zstd-${level}`;
}

/**
 * Compresses a NAR as it streams by, to one zstd frame without a checksum: the record's hashes do more.
 * @param size bytes of `nar`; the frame states it
 * @param level of zstd, 1 to 19
 * @throws what `nar` throws, as it is; the frame then has no end
 */
export async function* compressNar(
  nar: AsyncIterable<Uint8Array>,
  size: number,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 0 };
  const encoder = createZstdCompress({ params, pledgedSrcSize: size });
  const feeding = feed(encoder, nar);
  try {
    yield* encoder as AsyncIterable<Uint8Array>;
  } finally {
    encoder.destroy(); // ends the source as well, where nobody reads on
    await feeding;
  }
}

/**
 * Writes a NAR to the encoder, and ends it only when the last piece is through: told of the end while it has a piece in hand,
 * Node's encoder ends the frame with that piece and then writes a second, empty frame. Never throws: what fails, destroys
 * the encoder.
 */
async function feed(encoder: ZstdCompress, nar: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const piece of nar) await write(encoder, piece);
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
