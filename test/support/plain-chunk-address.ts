import { getBytes, keccak256 } from "ethers";

/**
 * A chunk's address by the definition, word for word and slow: all 128 segments, all seven levels, with ethers' keccak-256. An
 * oracle that shares no code with this project.
 */
export function plainChunkAddress(span: bigint | number, payload: Uint8Array): Uint8Array {
  let level: Uint8Array[] = Array.from({ length: 128 }, (_, at) => {
    const segment = new Uint8Array(32);
    segment.set(payload.subarray(32 * at, 32 * at + 32));
    return segment;
  });
  while (level.length > 1) level = level.flatMap((node, at) => (at % 2 === 0 ? [hash(node, level[at + 1]!)] : []));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(span), true);
  return hash(length, level[0]!);
}

function hash(...parts: Uint8Array[]): Uint8Array {
  return getBytes(keccak256(Buffer.concat(parts)));
}
