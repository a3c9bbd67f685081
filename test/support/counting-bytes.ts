/** The files of Bee's vectors: bytes that count 0, 1, … modulus - 1 and start again (Bee uses modulus 255). */
export function countingBytes(size: number, modulus = 255): Uint8Array {
  const period = Uint8Array.from({ length: modulus }, (_, at) => at);
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += modulus) bytes.set(period.subarray(0, size - at), at);
  return bytes;
}
