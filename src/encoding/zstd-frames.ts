import { concatBytes } from "./bytes.js";
import { decompressFrame, ZstdError } from "./zstd-decompress.js";
import { ZstdFrameWalker } from "./zstd-frame.js";

/** Skippable frames: `0x184D2A50` to `5F`, then how many bytes follow, both four bytes, little endian (RFC 8878, 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a5;
const SKIPPABLE_HEADER_SIZE = 8;

/**
 * Decompresses any number of zstd frames, skippable ones included, as one stream: what every zstd tool and Nix read (docs/spec.md,
 * NAR file). One frame is decoded at a time and holds the decoder's window, at most 8 MiB. Closes `source` when it ends.
 * @throws ZstdError where something is no frame, or breaks off; what reading `source` throws
 */
export async function* decompressFrames(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new FrameInput(source[Symbol.asyncIterator]());
  try {
    for (let start = await input.peek(4); start.length > 0; start = await input.peek(4)) {
      if (start.length === 4 && readUint32(start, 0) >>> 4 === SKIPPABLE_MAGIC) await input.skipFrame();
      else yield* decompressFrame(input.readFrame());
    }
  } finally {
    await input.close();
  }
}

/** Cuts a stream of pieces into frames. */
class FrameInput {
  #rest: Uint8Array = new Uint8Array();

  constructor(readonly source: AsyncIterator<Uint8Array>) {}

  /** The next bytes without taking them: fewer than `length` only at the end. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#rest.length < length) {
      const next = await this.source.next();
      if (next.done) break;
      this.#rest = concatBytes(this.#rest, next.value);
    }
    return this.#rest.subarray(0, length);
  }

  async skipFrame(): Promise<void> {
    const header = await this.peek(SKIPPABLE_HEADER_SIZE);
    if (header.length < SKIPPABLE_HEADER_SIZE) throw new ZstdError("it breaks off");
    for (let left = SKIPPABLE_HEADER_SIZE + readUint32(header, 4); left > 0;) {
      if ((await this.peek(1)).length === 0) throw new ZstdError("it breaks off");
      const step = Math.min(left, this.#rest.length);
      this.#rest = this.#rest.subarray(step);
      left -= step;
    }
  }

  /** The pieces of one frame; of what is none, enough that it shows. */
  async *readFrame(): AsyncGenerator<Uint8Array, void, undefined> {
    const frame = new ZstdFrameWalker();
    while (!frame.ended && (await this.peek(1)).length > 0) {
      const piece = this.#rest;
      const taken = frame.advance(piece);
      const isFrame = taken === piece.length || frame.ended;
      this.#rest = isFrame ? piece.subarray(taken) : new Uint8Array();
      yield isFrame ? piece.subarray(0, taken) : piece;
      if (!isFrame) return;
    }
  }

  async close(): Promise<void> {
    await this.source.return?.();
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
