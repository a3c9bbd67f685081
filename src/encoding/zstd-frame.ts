const MAGIC = 0xfd2fb528;
/** Magic number and frame header descriptor. */
const DESCRIPTOR_END = 5;
export const BLOCK_HEADER_SIZE = 3;
const CHECKSUM_SIZE = 4;

/** What a block's header says (RFC 8878, section 3.1.1.2). */
export interface ZstdBlock {
  readonly type: "raw" | "rle" | "compressed" | "reserved";
  /** Bytes of the block after its header; of an RLE block, the bytes that its one byte becomes. */
  readonly size: number;
  readonly isLast: boolean;
}

const BLOCK_TYPES = ["raw", "rle", "compressed", "reserved"] as const;

/** @param header three bytes */
export function parseBlockHeader(header: Uint8Array): ZstdBlock {
  const bits = header[0]! | (header[1]! << 8) | (header[2]! << 16);
  return { type: BLOCK_TYPES[(bits >> 1) & 3]!, size: bits >> 3, isLast: (bits & 1) !== 0 };
}

/**
 * Bytes of a frame's header, magic number included (RFC 8878, section 3.1.1.1).
 * @param descriptor the fifth byte of the frame
 */
export function frameHeaderSize(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const windowSize = isSingleSegment ? 0 : 1;
  const dictionarySize = [0, 1, 2, 4][descriptor & 3]!;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  return DESCRIPTOR_END + windowSize + dictionarySize + contentSize;
}

/**
 * Bytes of what was decoded that a decoder has to keep at hand (RFC 8878, section 3.1.1.1.2); exact up to 2^53.
 * @param header of a whole frame header, magic number included
 */
function frameWindowSize(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const descriptor = header[DESCRIPTOR_END - 1]!;
  if ((descriptor & 0x20) === 0) {
    const window = header[DESCRIPTOR_END]!;
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  // A single segment: the window is the content, whose size ends the header.
  const size = [1, 2, 4, 8][descriptor >> 6]!;
  const at = header.length - size;
  if (size === 1) return header[at]!;
  if (size === 2) return view.getUint16(at, true) + 256;
  return size === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

/**
 * Finds where a zstd frame ends, without decoding it (RFC 8878, section 3.1.1), from pieces cut anywhere. Node's streaming
 * decoder does not tell: what follows a frame it drops where it came in the same piece, and decodes where it came in the
 * next one.
 */
export class ZstdFrameWalker {
  readonly #header: number[] = [];
  #wanted = DESCRIPTOR_END;
  #windowSize: number | undefined;
  #skip = 0;
  #inBlocks = false;
  #hasChecksum = false;
  #isLast = false;
  readonly #onBlock: ((block: ZstdBlock) => void) | undefined;

  /** @param onBlock told of each block when its header has passed */
  constructor(onBlock?: (block: ZstdBlock) => void) {
    this.#onBlock = onBlock;
  }

  /** Whether the whole frame has passed. */
  get ended(): boolean {
    return this.#isLast && this.#skip === 0;
  }

  /** What its header asks for, in bytes; undefined before the header has passed. */
  get windowSize(): number | undefined {
    return this.#windowSize;
  }

  /** @returns how many of the bytes are the frame's: fewer than all where it ends among them, or where it is no frame */
  advance(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && !this.ended) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at);
        this.#skip -= step;
        at += step;
        continue;
      }
      this.#header.push(bytes[at++]!);
      if (this.#header.length < this.#wanted) continue;
      const header = Uint8Array.from(this.#header);
      if (this.#inBlocks) this.#readBlockHeader(header);
      else if (!this.#readFrameHeader(header)) return 0;
    }
    return at;
  }

  #readFrameHeader(header: Uint8Array): boolean {
    if (new DataView(header.buffer).getUint32(0, true) !== MAGIC) return false;
    const descriptor = header[DESCRIPTOR_END - 1]!;
    this.#wanted = frameHeaderSize(descriptor);
    if (header.length < this.#wanted) return true;
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#windowSize = frameWindowSize(header);
    this.#header.length = 0;
    this.#wanted = BLOCK_HEADER_SIZE;
    this.#inBlocks = true;
    return true;
  }

  #readBlockHeader(header: Uint8Array): void {
    this.#header.length = 0;
    const block = parseBlockHeader(header);
    this.#isLast = block.isLast;
    this.#skip = block.type === "rle" ? 1 : block.size;
    this.#onBlock?.(block);
    if (this.#isLast && this.#hasChecksum) this.#skip += CHECKSUM_SIZE;
  }
}
