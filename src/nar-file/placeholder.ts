import { keccak256 } from "../encoding/keccak.js";
import { PLACEHOLDER_SEED, REFERENCE_SIZE } from "./constants.js";

/** How many bytes at each end of a placeholder are of the rarest. */
const EDGE = 4;
/** UTF-8 has no byte from here on, and code few: what stands beside a region should not go on in it. */
const RAREST = 0xf5;
const RAREST_COUNT = 11;

/**
 * What stands in place of a region while its piece is compressed: fixed bytes of 0x80 and above that look random.
 * @param number which of the piece's placeholders: the same reference has the same one
 * @param attempt from 0: others, where a match ran into those before
 * @param size bytes, at most 32
 */
export function makePlaceholder(number: number, attempt: number, size: number): Uint8Array {
  if (size > REFERENCE_SIZE) throw new RangeError(`a placeholder of ${size} bytes`);
  const which = new DataView(new ArrayBuffer(8));
  which.setUint32(0, number, true);
  which.setUint32(4, attempt, true);
  const random = keccak256(Buffer.from(PLACEHOLDER_SEED), new Uint8Array(which.buffer));
  return random
    .subarray(0, size)
    .map((byte, at) => (at < EDGE || at >= size - EDGE ? RAREST + (byte % RAREST_COUNT) : 0x80 | byte));
}
