import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { BLOCK_HEADER_SIZE, frameHeaderSize, parseBlockHeader } from "../encoding/zstd-frame.js";
import { equalBytes } from "../encoding/bytes.js";
import { compressSegments } from "./compress-segments.js";
import { MAX_ATTEMPTS } from "./constants.js";
import type { NarPiece } from "./cut-nar.js";
import { type ConcernedRegions, RegionNumbers } from "./mask-piece.js";

const decompressFrame = promisify(zstdDecompress);

/** In one buffer: without the size, it would be gathered from many. */
function decompress(frame: Uint8Array, size: number): Promise<Buffer> {
  return decompressFrame(frame, { chunkSize: size + MIN_CHUNK_SIZE, maxOutputLength: size + MIN_CHUNK_SIZE });
}

/** Of zlib. */
const MIN_CHUNK_SIZE = 64;

/** A piece as one zstd frame, which decodes to its real bytes. */
export interface EncodedPiece {
  readonly frame: Uint8Array;
  /** Bytes of the piece. */
  readonly contentSize: number;
  readonly regions: number;
  /** How often it was compressed with placeholders; 0 where it has no regions. */
  readonly attempts: number;
  /** Whether it has regions and was compressed as it is after all. */
  readonly isUnmasked: boolean;
}

/** A frame in which each region's block can be found. */
interface MaskedFrame {
  readonly frame: Buffer;
  /** By region: where its bytes stand in the frame as they are; undefined where they are a match with an earlier region. */
  readonly places: readonly (number | undefined)[];
}

/**
 * Compresses a piece so that what its regions hold changes nothing but those bytes (docs/spec.md, NAR file). It is decoded and
 * compared; where a match ran into placeholders by accident, others are tried, and at last the piece is compressed as it is.
 * @param level of zstd
 */
export async function encodePiece(piece: NarPiece, level: number): Promise<EncodedPiece> {
  const { bytes, regions } = piece;
  const summary = { contentSize: bytes.length, regions: regions.length };
  if (regions.length > 0) {
    const numbers = new RegionNumbers(piece);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const { frame, places } = await compressMasked({ ...piece, bytes: numbers.mask(piece) }, level);
      fillRegions(frame, places, piece, (at) => bytes.subarray(regions[at]!.start));
      const decoded = await decompress(frame, bytes.length);
      if (equalBytes(decoded, bytes)) return { ...summary, frame, attempts: attempt, isUnmasked: false };
      numbers.renew(await findConcerned(piece, { frame, places }, decoded));
    }
  }
  const { frame } = await compressSegments(bytes.length > 0 ? [bytes] : [], level);
  const isUnmasked = regions.length > 0;
  return { ...summary, frame, attempts: isUnmasked ? MAX_ATTEMPTS : 0, isUnmasked };
}

async function compressMasked({ bytes, regions }: NarPiece, level: number): Promise<MaskedFrame> {
  const segments: Uint8Array[] = [];
  const segmentOf: number[] = [];
  let at = 0;
  for (const { start, size } of regions) {
    if (start > at) segments.push(bytes.subarray(at, start));
    segmentOf.push(segments.length);
    segments.push(bytes.subarray(start, start + size));
    at = start + size;
  }
  if (at < bytes.length) segments.push(bytes.subarray(at));
  const { frame, ends } = await compressSegments(segments, level);
  const places = regions.map(({ size }, region) => {
    const segment = segmentOf[region]!;
    const start = segment === 0 ? frameHeaderSize(frame[4]!) : ends[segment - 1]!;
    const block = parseBlockHeader(frame.subarray(start, start + BLOCK_HEADER_SIZE));
    return block.type === "raw" && block.size === size ? start + BLOCK_HEADER_SIZE : undefined;
  });
  return { frame, places };
}

/** Writes into each block that holds a region as it is. @param content at least the region's bytes */
function fillRegions(
  frame: Buffer,
  places: MaskedFrame["places"],
  { regions }: NarPiece,
  content: (region: number) => Uint8Array,
): void {
  for (const [at, place] of places.entries())
    if (place !== undefined) frame.set(content(at).subarray(0, regions[at]!.size), place);
}

/**
 * The regions that a match had to do with where a byte came out wrong. Where a byte was copied from tell frames whose raw blocks hold
 * their regions' indexes, a byte of them at a time. What the regions really hold has no part in it.
 */
async function findConcerned(
  piece: NarPiece,
  { frame, places }: MaskedFrame,
  decoded: Uint8Array,
): Promise<ConcernedRegions> {
  const { bytes, regions } = piece;
  const tagged = Buffer.from(frame);
  const sources = new Uint32Array(bytes.length);
  for (let shift = 0; shift === 0 || regions.length > 2 ** shift; shift += 8) {
    fillRegions(tagged, places, piece, (at) => new Uint8Array(regions[at]!.size).fill(at >>> shift));
    const tags = await decompress(tagged, bytes.length);
    for (let at = 0; at < tags.length; at++) sources[at]! |= tags[at]! << shift;
  }
  const wrong = new Set<number>();
  const copied = new Set<number>();
  let region = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === decoded[at]) continue;
    while (region < regions.length && regions[region]!.start + regions[region]!.size <= at) region++;
    if (region < regions.length && regions[region]!.start <= at) wrong.add(region);
    else copied.add(sources[at]!);
  }
  return { wrong, copied: new Set([...copied].filter((one) => !wrong.has(one))) };
}
