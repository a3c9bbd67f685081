import { SPAN_SIZE, CHUNK_SIZE, SEGMENT_SIZE, MAX_CHUNK_DATA_SIZE } from "../../bmt/constants.js";
import { countChunks } from "../../bmt/count-chunks.js";
import { concatBytes } from "../../encoding/bytes.js";

/*
 * A cached file on disk, all numbers little endian:
 *
 *     content                                          size bytes
 *     the intermediate chunks of its tree, one after the other, each span ‖ payload
 *     for each of them: address 32 ‖ offset in the entry 6 ‖ length 2
 *     magic 16 ‖ size 8 ‖ number of intermediate chunks 8
 *
 * So that it can be held against its address while it is read, from any byte on. Nothing in it is trusted.
 */

const MAGIC = Buffer.from("catnix-cached-1\n", "latin1");
/** Bytes at the end, and for each intermediate chunk. */
export const FOOTER_SIZE = MAGIC.length + 16;
export const INDEX_ITEM_SIZE = SEGMENT_SIZE + 8;

/** Where an intermediate chunk's data is in the entry, in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** The end of an entry, from its intermediate chunks on. */
export function formatTail(size: number, tree: readonly { address: Uint8Array; data: Uint8Array }[]): Uint8Array {
  const index = Buffer.alloc(tree.length * INDEX_ITEM_SIZE);
  let offset = size;
  tree.forEach(({ address, data }, at) => {
    index.set(address, at * INDEX_ITEM_SIZE);
    index.writeUIntLE(offset, at * INDEX_ITEM_SIZE + SEGMENT_SIZE, 6);
    index.writeUInt16LE(data.length, at * INDEX_ITEM_SIZE + SEGMENT_SIZE + 6);
    offset += data.length;
  });
  const footer = Buffer.alloc(FOOTER_SIZE);
  MAGIC.copy(footer);
  footer.writeBigUInt64LE(BigInt(size), MAGIC.length);
  footer.writeBigUInt64LE(BigInt(tree.length), MAGIC.length + 8);
  return concatBytes(...tree.map(({ data }) => data), index, footer);
}

/**
 * What a footer says.
 * @param length of the entry, in bytes
 * @returns undefined where it is none, or cannot be that of an entry so long
 */
export function parseFooter(footer: Buffer, length: number): { size: number; count: number } | undefined {
  if (footer.length !== FOOTER_SIZE || !footer.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const size = Number(footer.readBigUInt64LE(MAGIC.length));
  const count = Number(footer.readBigUInt64LE(MAGIC.length + 8));
  if (size + count * INDEX_ITEM_SIZE + FOOTER_SIZE > length) return undefined;
  // Exactly those of its tree: anybody can make a sparse file that seems to have room for as many as memory has not.
  const intermediate = size <= CHUNK_SIZE ? 0 : countChunks(size) - Math.ceil(size / CHUNK_SIZE);
  return count === intermediate ? { size, count } : undefined;
}

/** The places of the intermediate chunks by their addresses in hexadecimal; those that cannot be are left out. */
export function parseIndex(index: Buffer): Map<string, Place> {
  const places = new Map<string, Place>();
  for (let at = 0; at < index.length; at += INDEX_ITEM_SIZE) {
    const offset = index.readUIntLE(at + SEGMENT_SIZE, 6);
    const length = index.readUInt16LE(at + SEGMENT_SIZE + 6);
    if (length < SPAN_SIZE || length > MAX_CHUNK_DATA_SIZE) continue;
    places.set(index.toString("hex", at, at + SEGMENT_SIZE), { offset, length });
  }
  return places;
}
