/** All of a stream of exactly `size` bytes, which must be few. */
export async function readWhole(source: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const piece of source) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
