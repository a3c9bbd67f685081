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
 * Finds where a zstd frame ends, without decoding it (RFC 8878, section 3.1.1), from pieces cut anywhere. Node's streaming
 * decoder does not tell: what follows a frame it drops where it came in the same piece, and decodes where it came in the
 * next one.
 */
export class ZstdFrameWalker {
  readonly #header: number[] = [];
  #wanted = DESCRIPTOR_END;
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
      const header = Uint8Array.from(this.#header.splice(0));
      if (this.#inBlocks) this.#readBlockHeader(header);
      else if (!this.#readFrameHeader(header)) return 0;
    }
    return at;
  }

  #readFrameHeader(header: Uint8Array): boolean {
    if (new DataView(header.buffer).getUint32(0, true) !== MAGIC) return false;
    const descriptor = header[DESCRIPTOR_END - 1]!;
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#skip = frameHeaderSize(descriptor) - DESCRIPTOR_END;
    this.#wanted = BLOCK_HEADER_SIZE;
    this.#inBlocks = true;
    return true;
  }

  #readBlockHeader(header: Uint8Array): void {
    const block = parseBlockHeader(header);
    this.#isLast = block.isLast;
    this.#skip = block.type === "rle" ? 1 : block.size;
    this.#onBlock?.(block);
    if (this.#isLast && this.#hasChecksum) this.#skip += CHECKSUM_SIZE;
  }
}
