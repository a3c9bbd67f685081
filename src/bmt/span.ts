import { SPAN_SIZE } from "./constants.js";

/**
 * A chunk's span: the number of bytes of the file below it, 8 bytes, little endian.
 * @throws RangeError where `span` is no unsigned integer of 64 bits
 */
export function encodeSpan(span: bigint | number): Uint8Array {
  const bytes = new Uint8Array(SPAN_SIZE);
  writeSpan(span, new DataView(bytes.buffer), 0);
  return bytes;
}

/** The same to an offset of other bytes; throws like {@link encodeSpan}. */
export function writeSpan(span: bigint | number, view: DataView, offset: number): void {
  // No bigint where none is needed: every chunk that is hashed comes through here.
  if (Number.isSafeInteger(span) && (span as number) >= 0) {
    view.setUint32(offset, (span as number) >>> 0, true);
    view.setUint32(offset + 4, Math.floor((span as number) / 2 ** 32), true);
    return;
  }
  const value = BigInt(span);
  if (value < 0n || value >= 1n << 64n) throw new RangeError(`not a span: ${value}`);
  view.setBigUint64(offset, value, true);
}

/** The span at the head of a chunk's data (at least 8 bytes). */
export function decodeSpan(data: Uint8Array): bigint {
  return new DataView(data.buffer, data.byteOffset, SPAN_SIZE).getBigUint64(0, true);
}
