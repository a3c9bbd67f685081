import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { constants, createZstdCompress, type ZstdCompress } from "node:zlib";
import { MAX_PIECE_SIZE, SEARCH_LOG, WINDOW_LOG } from "./constants.js";
import { flushAtOnce, SMALL_SEGMENT_SIZE } from "./flush-at-once.js";

/** Output is taken from the encoder in parts of this size. */
const OUTPUT_PART = 128 * 1024;

/** More than any piece can come to: a region takes at most its own bytes and a block's header. */
const MAX_FRAME_SIZE = 2 * MAX_PIECE_SIZE;

/** Small segments in a row before others have their turn: a few milliseconds. */
const MAX_AT_ONCE = 512;

/** One zstd frame, and how long it was when each segment was in it. */
export interface SegmentedFrame {
  readonly frame: Buffer;
  readonly ends: readonly number[];
}

/**
 * Compresses bytes to one zstd frame, each segment to blocks of its own: it is written and flushed in one (`e_flush`), and the frame
 * is ended (`e_end`) without input only after the last. What `e_end` makes of input depends on the room that there is for the output;
 * this way nothing does. Works in libuv's threads, but for small segments: not for the first, which the encoder's tables are made with.
 * @param segments none of them empty
 * @param level of zstd
 */
export async function compressSegments(segments: readonly Uint8Array[], level: number): Promise<SegmentedFrame> {
  const options = {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
      [constants.ZSTD_c_searchLog]: SEARCH_LOG,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
    pledgedSrcSize: segments.reduce((sum, { length }) => sum + length, 0),
    flush: constants.ZSTD_e_flush,
    chunkSize: OUTPUT_PART,
    readableHighWaterMark: MAX_FRAME_SIZE, // never full: it is emptied after each segment
  };
  const encoder = createZstdCompress(options);
  encoder.on("error", () => undefined); // such as no memory: whoever wrote is told, and the process goes on
  try {
    const parts: Buffer[] = [];
    const ends: number[] = [];
    let size = 0;
    const take = () => {
      for (let part = readPart(encoder); part !== null; part = readPart(encoder)) {
        parts.push(part);
        size += part.length;
      }
    };
    let inARow = 0;
    for (const [at, segment] of segments.entries()) {
      const isSmall = at > 0 && segment.length <= SMALL_SEGMENT_SIZE;
      const part = isSmall ? flushAtOnce(encoder, segment) : undefined;
      if (part === undefined) {
        inARow = 0;
        await write(encoder, segment);
        take();
      } else {
        parts.push(part);
        size += part.length;
        if (++inARow % MAX_AT_ONCE === 0) await setImmediate();
      }
      ends.push(size);
    }
    encoder.end();
    const ended = once(encoder, "end");
    encoder.on("readable", take);
    take();
    await ended;
    return { frame: Buffer.concat(parts), ends };
  } finally {
    encoder.destroy();
  }
}

function readPart(encoder: ZstdCompress): Buffer | null {
  return encoder.read() as Buffer | null;
}

/** Settles when all that becomes of the segment can be read. */
function write(encoder: ZstdCompress, segment: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    encoder.write(segment, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
