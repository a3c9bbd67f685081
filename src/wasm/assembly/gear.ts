import { input } from "./buffers";

/** Where the caller puts the 256 words of the table, 8 bytes each, little endian. */
export const gearTable: usize = memory.data(256 * 8, 16);

/** The rolling hash after the last byte that {@link findCut} looked at. */
export let gearHash: u64 = 0;

/**
 * Looks for the first of `length` bytes of the input after which the rolling hash, `hash` before them, has none of the
 * bits of `mask`.
 * @returns how many bytes the cut comes after; -1 where there is none
 */
export function findCut(hash: u64, length: i32, mask: u64): i32 {
  for (let at = 0; at < length; at++) {
    hash = (hash << 1) + load<u64>(gearTable + ((load<u8>(input + at) as usize) << 3));
    if ((hash & mask) === 0) {
      gearHash = hash;
      return at + 1;
    }
  }
  gearHash = hash;
  return -1;
}
