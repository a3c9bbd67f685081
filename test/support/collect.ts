import { concatBytes } from "../../src/encoding/bytes.js";

/** All bytes of a (small) stream. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return concatBytes(...pieces);
}
