import { pipeline, Readable } from "node:stream";
import { constants, createZstdDecompress, zstdDecompressSync } from "node:zlib";
import { ZstdFrameWalker } from "./zstd-frame.js";

/** Window that readers accept: 8 MiB (docs/spec.md, NAR file). */
const WINDOW_LOG_MAX = 23;
const PARAMS = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX };

/** Of the output of a small frame. */
const SMALL_CHUNK_SIZE = 4096;

/** That bytes are not one zstd frame; whoever reads them says what they should have been. */
export class ZstdError extends Error {
  override readonly name = "ZstdError";
}

/**
 * Decompresses exactly one zstd frame, as a stream: holds the decoder's window, at most 8 MiB. Whoever stops early closes
 * `source`.
 * @throws ZstdError where it is no frame, breaks off, wants a larger window, or is followed by something; what reading `source` throws
 */
export async function* decompressFrame(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = createZstdDecompress({ params: PARAMS });
  // A fault of the source destroys the decoder with it; the loop below sees it.
  const output = pipeline(Readable.from(requireOneFrame(source), { objectMode: false }), decoder, () => undefined);
  try {
    for await (const part of output as AsyncIterable<Buffer>) yield part;
  } catch (error) {
    throw isZlibError(error) ? new ZstdError(error.message, { cause: error }) : error;
  } finally {
    decoder.destroy();
  }
}

/**
 * Decompresses a small frame in one go, which takes a fraction of what setting up a stream takes.
 * @param bytes of the frame, from its first to its last
 * @param frame the walker that they have passed
 * @param maxSize bytes that it may decompress to, as its blocks say
 * @throws ZstdError like {@link decompressFrame}
 */
export function decompressSmallFrame(bytes: Uint8Array, frame: ZstdFrameWalker, maxSize: number): Uint8Array {
  requireWindow(frame);
  try {
    return zstdDecompressSync(bytes, { params: PARAMS, chunkSize: SMALL_CHUNK_SIZE, maxOutputLength: maxSize });
  } catch (error) {
    throw isZlibError(error) ? new ZstdError(error.message, { cause: error }) : error;
  }
}

async function* requireOneFrame(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frame = new ZstdFrameWalker();
  for await (const part of source) {
    if (frame.advance(part) < part.length) throw new ZstdError("it is not one zstd frame and nothing else");
    requireWindow(frame);
    yield part;
  }
  if (!frame.ended) throw new ZstdError("it breaks off");
}

/** The decoder does not look at the window where the whole of a small frame comes at once: this does not depend on how it comes. */
function requireWindow({ windowSize = 0 }: ZstdFrameWalker): void {
  if (windowSize > 2 ** WINDOW_LOG_MAX) throw new ZstdError(`it wants a window of ${windowSize} bytes`);
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^(Z_|ZSTD_|ERR_ZSTD)/.test(String(error.code));
}
