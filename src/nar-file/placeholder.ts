import { keccak256 } from "../encoding/keccak.js";
import { PLACEHOLDER_SEED, REFERENCE_SIZE } from "./constants.js";

/**
 * What stands in place of a region while its piece is compressed: fixed bytes of 0x80 and above that look random.
 * @param number below 2^32; another placeholder for each
 * @param size bytes, at most 32; a shorter one is the beginning of a longer one
 */
export function makePlaceholder(number: number, size: number): Uint8Array {
  if (size > REFERENCE_SIZE) throw new RangeError(`a placeholder of ${size} bytes`);
  const which = new DataView(new ArrayBuffer(4));
  which.setUint32(0, number, true);
  const random = keccak256(Buffer.from(PLACEHOLDER_SEED), new Uint8Array(which.buffer));
  return random.subarray(0, size).map((byte) => byte | 0x80);
}
