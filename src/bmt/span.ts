import { SPAN_SIZE } from "./constants.js";

/**
 * A chunk's span: the number of bytes of the file below it, 8 bytes, little endian.
 * @throws RangeError where `span` is no unsigned integer of 64 bits
 */
export function encodeSpan(span: bigint | number): Uint8Array {
  const value = BigInt(span);
  if (value < 0n || value >= 1n << 64n) throw new RangeError(`not a span: ${value}`);
  const bytes = new Uint8Array(SPAN_SIZE);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** The span at the head of a chunk's data (at least 8 bytes). */
export function decodeSpan(data: Uint8Array): bigint {
  return new DataView(data.buffer, data.byteOffset, SPAN_SIZE).getBigUint64(0, true);
}
