/** Lower-case hexadecimal without a prefix. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Whether `text` is exactly `length` bytes in lower-case hexadecimal without a prefix. */
export function isHex(text: string, length: number): boolean {
  return text.length === 2 * length && /^[0-9a-f]*$/.test(text);
}

/**
 * Strict inverse of {@link toHex}.
 * @param length the number of bytes wanted
 * @throws RangeError where `text` is not `2 * length` lower-case hexadecimal digits
 */
export function fromHex(text: string, length: number): Uint8Array {
  if (!isHex(text, length)) throw new RangeError(`not ${length} bytes of lower-case hexadecimal: ${text.slice(0, 80)}`);
  return new Uint8Array(Buffer.from(text, "hex"));
}
