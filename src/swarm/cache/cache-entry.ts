import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { verifyChunk } from "../../bmt/chunk.js";
import { CHUNK_SIZE } from "../../bmt/constants.js";
import { type FileNode, parseFileNode } from "../../bmt/file-node.js";
import { listLeaves } from "../../bmt/list-leaves.js";
import { encodeSpan } from "../../bmt/span.js";
import { concatBytes } from "../../encoding/bytes.js";
import { fromHex, toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { LeafCursor } from "../failover/leaf-cursor.js";
import { trimTo } from "../failover/stream-leaves.js";
import { verifyLeaves } from "../failover/verify-leaves.js";
import { FOOTER_SIZE, INDEX_ITEM_SIZE, parseFooter, parseIndex, type Place } from "./entry-format.js";

/** Bytes read from the disk at a time. */
const PIECE = 1 << 18;
/** A pipe that somebody put there would be waited for, and a thread with it, without end. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** A cached file that is open: it can be read to its end even where it is evicted meanwhile. Disks rot, so nothing of it is trusted. */
export class CacheEntry {
  readonly #address: Uint8Array;
  readonly #handle: FileHandle;
  readonly #places: Map<string, Place>;
  readonly #node: FileNode;

  private constructor(address: Uint8Array, handle: FileHandle, places: Map<string, Place>, node: FileNode) {
    this.#address = address;
    this.#handle = handle;
    this.#places = places;
    this.#node = node;
  }

  /**
   * Opens the entry of an address, and verifies its root.
   * @param address 64 hexadecimal digits
   * @throws CatnixError `SWARM_MISMATCH`, `SWARM_TRUNCATED`, `SWARM_CHUNK_INVALID` where it is damaged; the error of the system
   */
  static async open(file: string, address: string): Promise<CacheEntry> {
    const handle = await open(file, OPEN_FLAGS);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw damaged(address, "no file");
      const { size: length } = found;
      const footer = await readAt(handle, Math.max(0, length - FOOTER_SIZE), Math.min(length, FOOTER_SIZE));
      const parsed = parseFooter(footer, length);
      if (parsed === undefined) throw damaged(address, "no entry of a cache");
      const { size, count } = parsed;
      const index = await readAt(handle, length - FOOTER_SIZE - count * INDEX_ITEM_SIZE, count * INDEX_ITEM_SIZE);
      const places = parseIndex(index);
      const root = fromHex(address, 32);
      const node = parseFileNode(root, await readChunk(handle, root, places, size));
      if (node.span !== size) throw damaged(address, `an entry of ${size} bytes`);
      return new CacheEntry(root, handle, places, node);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#node.span;
  }

  /** The root chunk's data. */
  root(): Promise<Uint8Array> {
    return readChunk(this.#handle, this.#address, this.#places, this.size);
  }

  /**
   * The bytes [start, end), each 4 KiB held against the file's tree before it comes out.
   * @throws CatnixError `SWARM_MISMATCH`, `SWARM_TRUNCATED`, `SWARM_CHUNK_INVALID` where the disk lost something; the error of the
   * system
   */
  async *read(range: { start: number; end: number }, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
    if ("bytes" in this.#node) {
      const bytes = this.#node.bytes.subarray(range.start, range.end);
      if (bytes.length > 0) yield bytes;
      return;
    }
    const getChunk = (chunk: Uint8Array) => readChunk(this.#handle, chunk, this.#places, this.size);
    const leaves = new LeafCursor(listLeaves({ address: this.#address, node: this.#node }, range, getChunk, signal));
    const source = this.#readPieces(range.start - (range.start % CHUNK_SIZE), this.size);
    try {
      if (range.start < range.end)
        yield* trimTo(verifyLeaves(source, leaves, { url: "the cache", leafMs: Infinity }), range);
    } finally {
      await leaves.close();
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async *#readPieces(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    for (let at = start; at < end; at += PIECE) yield await readAt(this.#handle, at, Math.min(PIECE, end - at));
  }
}

/** A chunk that is not a leaf, or the only one, verified. */
async function readChunk(
  handle: FileHandle,
  address: Uint8Array,
  places: Map<string, Place>,
  size: number,
): Promise<Uint8Array> {
  if (size <= CHUNK_SIZE) return verifyChunk(address, concatBytes(encodeSpan(size), await readAt(handle, 0, size)));
  const place = places.get(toHex(address));
  if (place === undefined) throw damaged(toHex(address), "an entry without this chunk");
  return verifyChunk(address, await readAt(handle, place.offset, place.length));
}

/** So many bytes, or fewer at the end of the file. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

function damaged(address: string, actual: string): CatnixError {
  return new CatnixError("SWARM_MISMATCH", { address, actual });
}
