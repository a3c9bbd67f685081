import { keccak256 } from "../../src/encoding/keccak.js";

const KIB = 1024;
/** What attic cuts NARs by where nothing else is configured (its `chunking` section). */
const [MIN, NORMAL, MAX] = [16 * KIB, 64 * KIB, 256 * KIB];
/** The normal size is 2^16: two bits more before it, two fewer from there on. */
const [BITS_BEFORE_NORMAL, BITS_FROM_NORMAL] = [18, 14];

const gear = Uint32Array.from({ length: 256 }, (_, byte) => {
  const hash = keccak256(Buffer.from("cat/1/gear"), Uint8Array.of(byte));
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0, true);
});

/** Cuts by FastCDC with normalised chunking, as a cache does that stores each piece by itself. */
export function* cutSmallPieces(nar: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < nar.length;) {
    const end = start + findCut(nar.subarray(start, start + MAX));
    yield nar.subarray(start, end);
    start = end;
  }
}

function findCut(bytes: Uint8Array): number {
  let hash = 0;
  for (let at = MIN; at < bytes.length; at++) {
    hash = ((hash << 1) + gear[bytes[at]!]!) | 0;
    if (hash >>> (32 - (at < NORMAL ? BITS_BEFORE_NORMAL : BITS_FROM_NORMAL)) === 0) return at + 1;
  }
  return bytes.length;
}
