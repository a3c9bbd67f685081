import { BRANCHES, CHUNK_SIZE, SEGMENT_SIZE } from "./constants.js";
import { chunkAddress, leafAddresses, makeChunk, MAX_LEAVES, type Chunk } from "./chunk.js";
import { concatBytes } from "../encoding/bytes.js";
import { encodeSpan } from "./span.js";

const NOTHING = new Uint8Array(0);
const LEAF_SPAN = encodeSpan(CHUNK_SIZE);

/** What a file comes to: its address (32 bytes) and its size in bytes. */
export interface FileDigest {
  readonly address: Uint8Array;
  readonly size: number;
}

/** An intermediate chunk in the making. */
interface Level {
  readonly addresses: Uint8Array;
  count: number;
  span: number;
}

/**
 * Swarm address of a file that arrives piece by piece (Bee: pkg/file/pipeline, redundancy level 0, no encryption).
 * Memory: one chunk a level of the tree, six levels at most. With a sink it is the splitter: every chunk goes to
 * the sink once, leaves in order, each intermediate chunk after those below it, the root last.
 */
export class FileHasher {
  readonly #onChunk: ((chunk: Chunk) => void) | undefined;
  /** Made when a leaf first has to wait for more: most files that are hashed are small and come whole. */
  #leaf: Uint8Array | undefined;
  #leafLength = 0;
  readonly #levels: Level[] = [];
  #size = 0;
  #digest: FileDigest | undefined;

  /** @param onChunk called with every chunk as soon as it is complete; the chunk is the sink's to keep */
  constructor(onChunk?: (chunk: Chunk) => void) {
    this.#onChunk = onChunk;
  }

  /**
   * Adds the next bytes of the file; they may be reused afterwards.
   * @throws TypeError after {@link digest}
   * @throws RangeError where the file grows beyond 2^53 - 1 bytes
   */
  update(bytes: Uint8Array): this {
    if (this.#digest !== undefined) throw new TypeError("update after digest");
    if (this.#size + bytes.length > Number.MAX_SAFE_INTEGER) throw new RangeError("file longer than 2^53 - 1 bytes");
    this.#size += bytes.length;
    for (let at = 0; at < bytes.length;) {
      if (this.#leafLength === 0 && bytes.length - at >= CHUNK_SIZE) {
        const leaves = Math.min(MAX_LEAVES, Math.floor((bytes.length - at) / CHUNK_SIZE));
        this.#addLeaves(bytes.subarray(at, at + CHUNK_SIZE * leaves), leaves);
        at += CHUNK_SIZE * leaves;
        continue;
      }
      const part = bytes.subarray(at, at + CHUNK_SIZE - this.#leafLength);
      this.#leaf ??= new Uint8Array(CHUNK_SIZE);
      this.#leaf.set(part, this.#leafLength);
      this.#leafLength += part.length;
      at += part.length;
      if (this.#leafLength === CHUNK_SIZE) this.#endLeaf();
    }
    return this;
  }

  /** Ends the file. The empty file has an address too: that of a chunk with span 0 and no payload. */
  digest(): FileDigest {
    return (this.#digest ??= { address: this.#root(), size: this.#size });
  }

  #root(): Uint8Array {
    if (this.#leafLength > 0 || this.#size === 0) this.#endLeaf();
    for (let height = 0; ; height++) {
      const { addresses, count, span } = this.#levels[height]!;
      const top = height === this.#levels.length - 1;
      if (count === 1) {
        // A lone last address is carried up as it is: no chunk ever has one child.
        const lone = addresses.slice(0, SEGMENT_SIZE);
        if (top) return lone;
        this.#append(height + 1, lone, span);
      } else if (count > 1) {
        this.#wrap(height);
      }
    }
  }

  #endLeaf(): void {
    this.#add(0, this.#leafLength, (this.#leaf ?? NOTHING).subarray(0, this.#leafLength));
    this.#leafLength = 0;
  }

  /** Hashes full leaves that stand one after the other, several at a time. */
  #addLeaves(leaves: Uint8Array, count: number): void {
    const addresses = leafAddresses(leaves);
    for (let at = 0; at < count; at++) {
      const of = [SEGMENT_SIZE * at, SEGMENT_SIZE * (at + 1)] as const;
      if (this.#onChunk !== undefined) {
        const payload = leaves.subarray(CHUNK_SIZE * at, CHUNK_SIZE * (at + 1));
        this.#onChunk({ address: addresses.slice(...of), data: concatBytes(LEAF_SPAN, payload) });
      }
      this.#append(0, addresses.subarray(...of), CHUNK_SIZE);
    }
  }

  /** Hashes one chunk and puts its address into `height`, the level above it. */
  #add(height: number, span: number, payload: Uint8Array): void {
    if (this.#onChunk === undefined) {
      this.#append(height, chunkAddress(span, payload), span);
    } else {
      const chunk = makeChunk(span, payload);
      this.#onChunk(chunk);
      this.#append(height, chunk.address, span);
    }
  }

  #append(height: number, address: Uint8Array, span: number): void {
    const level = (this.#levels[height] ??= { addresses: new Uint8Array(CHUNK_SIZE), count: 0, span: 0 });
    level.addresses.set(address, SEGMENT_SIZE * level.count++);
    level.span += span;
    if (level.count === BRANCHES) this.#wrap(height);
  }

  #wrap(height: number): void {
    const level = this.#levels[height]!;
    this.#add(height + 1, level.span, level.addresses.subarray(0, SEGMENT_SIZE * level.count));
    level.count = 0;
    level.span = 0;
  }
}

/** Swarm address of `bytes` as a file, 32 bytes. */
export function fileAddress(bytes: Uint8Array): Uint8Array {
  return bytes.length <= CHUNK_SIZE
    ? chunkAddress(bytes.length, bytes)
    : new FileHasher().update(bytes).digest().address;
}
