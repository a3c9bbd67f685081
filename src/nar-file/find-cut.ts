import { keccak256 } from "../encoding/keccak.js";
import {
  GEAR_SEED,
  MASK_AFTER_NORMAL,
  MASK_BEFORE_NORMAL,
  MAX_PIECE_SIZE,
  MIN_PIECE_SIZE,
  NORMAL_PIECE_SIZE,
} from "./constants.js";

/** The two halves of each `gear[i]`: numbers of 64 bits are slow as bigints. */
const LOW = new Uint32Array(256);
const HIGH = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  const hash = Buffer.from(keccak256(Buffer.from(GEAR_SEED), Uint8Array.of(byte)));
  LOW[byte] = hash.readUInt32LE(0);
  HIGH[byte] = hash.readUInt32LE(4);
}

/**
 * Where the piece ends that begins with these bytes: FastCDC's normalised chunking over a gear hash, `h = (h << 1) + gear[byte]`
 * mod 2^64, which is zero at the least size; the cut is after the byte at which the mask's bits are all zero.
 * @param bytes with every region blank; the NAR's last ones, or at least `MAX_PIECE_SIZE`
 * @returns above 0 where there are bytes
 */
export function findCut(bytes: Uint8Array): number {
  const end = Math.min(bytes.length, MAX_PIECE_SIZE);
  const normal = Math.min(end, NORMAL_PIECE_SIZE);
  let low = 0;
  let high = 0;
  for (let at = MIN_PIECE_SIZE; at < end; at++) {
    const byte = bytes[at]!;
    const sum = ((low << 1) >>> 0) + LOW[byte]!;
    high = (((high << 1) | (low >>> 31)) + HIGH[byte]! + (sum > 0xffffffff ? 1 : 0)) | 0;
    low = sum | 0;
    if ((high & (at < normal ? MASK_BEFORE_NORMAL : MASK_AFTER_NORMAL)) === 0) return at + 1;
  }
  return end;
}
