import { chunkAddress, makeChunk } from "../bmt/chunk.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { BUCKET_SIZE, MAX_DEPTH } from "./bucket.js";

/** A CAT: its Swarm address (64 hex digits), and how many bits of a `nixId` choose the bucket. */
export interface Cat {
  readonly root: string;
  readonly depth: number;
}

/** The first CAT of every registry: one bucket of zeros. */
export const EMPTY_CAT: Cat = {
  root: toHex(chunkAddress(BUCKET_SIZE, new Uint8Array(BUCKET_SIZE))),
  depth: 0,
};

/** A CAT as messages name it. */
export function describeCat({ root, depth }: Cat): string {
  return `${root} at depth ${depth}`;
}

/** Reads a content-addressed chunk, `span (8, little endian) ‖ payload`, that hashes to `address` (64 hex digits). */
export type GetChunk = (address: string) => Promise<Uint8Array>;

/** A chunk that a change of the CAT made. */
export interface CatChunk {
  /** 64 hex digits. */
  readonly address: string;
  /** `span (8, little endian) ‖ payload` */
  readonly data: Uint8Array;
}

/** Bytes of a Swarm address. */
const ADDRESS_SIZE = 32;
/** One chunk above the buckets holds the addresses of 2^7 chunks below it (Swarm's file tree). */
export const BRANCH_BITS = 7;

/**
 * How many levels of chunks stand above the buckets: 0 to 5.
 * @throws RangeError where `depth` is no integer from 0 to 32
 */
export function countLevels(depth: number): number {
  if (!Number.isInteger(depth) || depth < 0 || depth > MAX_DEPTH)
    throw new RangeError(`depth ${depth} is not within 0 to ${MAX_DEPTH}`);
  return Math.ceil(depth / BRANCH_BITS);
}

/** Bytes of the CAT below one chunk of `level` (0: a bucket). */
export function spanOf(depth: number, level: number): number {
  return BUCKET_SIZE * 2 ** Math.min(BRANCH_BITS * level, depth);
}

/** Makes the chunk of `level` with this payload. */
export function makeCatChunk(depth: number, level: number, payload: Uint8Array): CatChunk {
  const { address, data } = makeChunk(spanOf(depth, level), payload);
  return { address: toHex(address), data };
}

/** Chunks directly below one of `level`, which is above the buckets. */
export function countChildren(depth: number, level: number): number {
  return spanOf(depth, level) / spanOf(depth, level - 1);
}

/** Bytes of the payload of a chunk of `level`. */
export function payloadSize(depth: number, level: number): number {
  return level === 0 ? BUCKET_SIZE : ADDRESS_SIZE * countChildren(depth, level);
}

/** The payload of a chunk above the buckets: the addresses (64 hex digits each) of the chunks below it. */
export function encodeChildren(addresses: readonly string[]): Uint8Array {
  const payload = new Uint8Array(ADDRESS_SIZE * addresses.length);
  addresses.forEach((address, i) => payload.set(fromHex(address, ADDRESS_SIZE), i * ADDRESS_SIZE));
  return payload;
}

/** Inverse of {@link encodeChildren}; the payload's length must have been checked. */
export function decodeChildren(payload: Uint8Array): string[] {
  const addresses: string[] = [];
  for (let offset = 0; offset < payload.length; offset += ADDRESS_SIZE)
    addresses.push(toHex(payload.subarray(offset, offset + ADDRESS_SIZE)));
  return addresses;
}
