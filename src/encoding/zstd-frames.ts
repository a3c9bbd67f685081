import { concatBytes } from "./bytes.js";
import { decompressFrame, decompressSmallFrame, ZstdError } from "./zstd-decompress.js";
import { type ZstdBlock, ZstdFrameWalker } from "./zstd-frame.js";

/** Skippable frames: `0x184D2A50` to `5F`, then how many bytes follow, both four bytes, little endian (RFC 8878, 3.1.2). */
export const SKIPPABLE_MAGIC = 0x184d2a50;
export const SKIPPABLE_HEADER_SIZE = 8;

/**
 * A frame of at most so many bytes, whose blocks say that it comes to at most so many, is decoded in one go: a file of nothing but
 * tiny frames would else cost its reader half a minute for each megabyte.
 */
const [SMALL_FRAME_SIZE, SMALL_FRAME_CONTENT] = [4096, 1024 * 1024];
/** Of any block (RFC 8878, section 3.1.1.2.3). */
const MAX_BLOCK_CONTENT = 128 * 1024;

/** Is told of a file's frames as they are read, in their order. */
export interface FrameObserver {
  /** A frame is through: `size` bytes of the file, `contentSize` bytes decompressed. */
  onFrame?(size: number, contentSize: number): void;
  /** A block of the frame that is being read. */
  onBlock?(block: ZstdBlock): void;
  /** A skippable frame begins: which of the sixteen, and its bytes in the file, header included. */
  onSkippable?(variant: number, size: number): void;
  /** What a skippable frame holds, in pieces. */
  onSkipped?(bytes: Uint8Array): void;
}

/**
 * Decompresses any number of zstd frames, skippable ones included, as one stream: what every zstd tool and Nix read (docs/spec.md,
 * NAR file). One frame is decoded at a time and holds the decoder's window, at most 8 MiB. Closes `source` when it ends.
 * @throws ZstdError where something is no frame, or breaks off; what reading `source` and the observer throw
 */
export async function* decompressFrames(
  source: AsyncIterable<Uint8Array>,
  observer: FrameObserver = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new FrameInput(source[Symbol.asyncIterator](), observer);
  try {
    for (let start = await input.peek(4); start.length > 0; start = await input.peek(4)) {
      if (start.length === 4 && (readUint32(start, 0) ^ SKIPPABLE_MAGIC) >>> 4 === 0) await input.skipFrame();
      else {
        const before = input.taken;
        let contentSize = 0;
        const small = await input.readSmallFrame();
        if (small !== undefined) {
          contentSize = small.length;
          if (contentSize > 0) yield small;
        } else
          for await (const piece of decompressFrame(input.readFrame())) {
            contentSize += piece.length;
            yield piece;
          }
        observer.onFrame?.(input.taken - before, contentSize);
      }
    }
  } finally {
    await input.close();
  }
}

/** Cuts a stream of pieces into frames. */
class FrameInput {
  #rest: Uint8Array = new Uint8Array();
  /** Bytes of the file that are through. */
  taken = 0;

  constructor(
    readonly source: AsyncIterator<Uint8Array>,
    readonly observer: FrameObserver,
  ) {}

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
    const size = readUint32(header, 4);
    this.observer.onSkippable?.(header[0]! & 0xf, SKIPPABLE_HEADER_SIZE + size);
    this.#take(SKIPPABLE_HEADER_SIZE);
    for (let left = size; left > 0;) {
      if ((await this.peek(1)).length === 0) throw new ZstdError("it breaks off");
      const skipped = this.#take(Math.min(left, this.#rest.length));
      this.observer.onSkipped?.(skipped);
      left -= skipped.length;
    }
  }

  /** What the next frame holds, where it is a small one. */
  async readSmallFrame(): Promise<Uint8Array | undefined> {
    const start = await this.peek(SMALL_FRAME_SIZE);
    const blocks: ZstdBlock[] = [];
    const frame = new ZstdFrameWalker((block) => blocks.push(block));
    const size = frame.advance(start);
    const maxContent = blocks.reduce((sum, block) => sum + maxContentOf(block), 0);
    if (!frame.ended || maxContent > SMALL_FRAME_CONTENT) return undefined;
    const content = decompressSmallFrame(start.subarray(0, size), frame, Math.max(1, maxContent));
    for (const block of blocks) this.observer.onBlock?.(block);
    this.#take(size);
    return content;
  }

  /** The pieces of one frame; of what is none, enough that it shows. */
  async *readFrame(): AsyncGenerator<Uint8Array, void, undefined> {
    const frame = new ZstdFrameWalker((block) => this.observer.onBlock?.(block));
    while (!frame.ended && (await this.peek(1)).length > 0) {
      const piece = this.#rest;
      const taken = frame.advance(piece);
      const isFrame = taken === piece.length || frame.ended;
      yield this.#take(isFrame ? taken : piece.length);
      if (!isFrame) return;
    }
  }

  async close(): Promise<void> {
    await this.source.return?.();
  }

  #take(length: number): Uint8Array {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    this.taken += length;
    return taken;
  }
}

function maxContentOf({ type, size }: ZstdBlock): number {
  return type === "compressed" ? MAX_BLOCK_CONTENT : size;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
