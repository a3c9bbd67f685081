import { concatBytes } from "../encoding/bytes.js";
import { ZstdError } from "../encoding/zstd-decompress.js";
import { decompressFrames, type FrameObserver } from "../encoding/zstd-frames.js";
import { CatnixError } from "../errors/catnix-error.js";
import { FOOTER_SIZE } from "./seek-table.js";
import { SeekTableCheck } from "./seek-table-check.js";

export interface DecodeNarFileOptions {
  /** Bytes that the NAR may have at most: `NarSize`, where it is known. */
  readonly maxSize?: number | undefined;
  /** Is told of each frame as well. */
  readonly observer?: FrameObserver | undefined;
  /** Told, when all is well, whether the last frame is a seek table. */
  readonly onEnd?: ((hasSeekTable: boolean) => void) | undefined;
}

/**
 * Decodes a NAR file: any number of zstd frames, of whatever encoder, and the seek table where there is one held against them. Memory:
 * the window of one frame, at most 8 MiB. What it gives before it has ended well is not to be trusted.
 * @throws CatnixError, while it is read: NAR_FILE_MALFORMED where something is no frame, wants a larger window, or breaks off;
 * NAR_SEEK_TABLE_INVALID at the end; NAR_FILE_TOO_LARGE at the first byte beyond `maxSize`; what reading `file` throws
 */
export async function* decodeNarFile(
  file: AsyncIterable<Uint8Array>,
  { maxSize = Number.MAX_SAFE_INTEGER, observer, onEnd }: DecodeNarFileOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const table = new SeekTableCheck();
  let end = new Uint8Array();
  async function* keepEnd() {
    for await (const piece of file) {
      end = concatBytes(end, piece.subarray(-FOOTER_SIZE)).slice(-FOOTER_SIZE);
      yield piece;
    }
  }
  let size = 0;
  try {
    for await (const piece of decompressFrames(keepEnd(), observer ? joinObservers(table, observer) : table)) {
      size += piece.length;
      if (size > maxSize) throw new CatnixError("NAR_FILE_TOO_LARGE", { maxSize });
      yield piece;
    }
  } catch (error) {
    throw error instanceof ZstdError ? malformed(error.message, error) : error;
  }
  if (end.length === 0) throw malformed("it is empty");
  const hasSeekTable = table.finish(end);
  onEnd?.(hasSeekTable);
}

export function malformed(reason: string, cause?: unknown): CatnixError {
  return new CatnixError("NAR_FILE_MALFORMED", { reason }, { cause });
}

function joinObservers(a: FrameObserver, b: FrameObserver): FrameObserver {
  return {
    onFrame(size, contentSize) {
      a.onFrame?.(size, contentSize);
      b.onFrame?.(size, contentSize);
    },
    onBlock(block) {
      a.onBlock?.(block);
      b.onBlock?.(block);
    },
    onSkippable(variant, size) {
      a.onSkippable?.(variant, size);
      b.onSkippable?.(variant, size);
    },
    onSkipped(bytes) {
      a.onSkipped?.(bytes);
      b.onSkipped?.(bytes);
    },
  };
}
