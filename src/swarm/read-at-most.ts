import { concatBytes } from "../encoding/bytes.js";

/** The first `maxBytes` of a stream, or all of it where it is shorter. */
export async function readAtMost(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let room = maxBytes;
  for await (const piece of source) {
    pieces.push(piece.subarray(0, room));
    room -= piece.length;
    if (room <= 0) break;
  }
  return concatBytes(...pieces);
}
