import { createKeccak } from "hash-wasm";

const SEGMENT_SIZE = 32;
const LEVELS = 7;

const hasher = await createKeccak(256);

/** keccak-256 by hash-wasm: one crossing into WebAssembly for each part, and two for the hash. */
export function hashWithHashWasm(...parts: Uint8Array[]): Uint8Array {
  hasher.init();
  for (const part of parts) hasher.update(part);
  return hasher.digest("binary");
}

const zeroRoots: Uint8Array[] = [new Uint8Array(SEGMENT_SIZE)];
for (let level = 0; level < LEVELS; level++) zeroRoots.push(hashWithHashWasm(zeroRoots[level]!, zeroRoots[level]!));

const nodes = new Uint8Array(4096);
const pairs = Array.from({ length: 64 }, (_, at) => nodes.subarray(64 * at, 64 * (at + 1)));

/** The address of a chunk, as this project computed it before: the tree in JavaScript, pair by pair through hash-wasm. */
export function formerChunkAddress(payload: Uint8Array): Uint8Array {
  nodes.set(payload);
  let count = Math.ceil(payload.length / SEGMENT_SIZE);
  nodes.fill(0, payload.length, SEGMENT_SIZE * count);
  let root: Uint8Array = zeroRoots[LEVELS]!;
  for (let level = 0; level < LEVELS; level++) {
    if (count % 2 === 1) nodes.set(zeroRoots[level]!, SEGMENT_SIZE * count++);
    count /= 2;
    for (let at = 0; at < count; at++) {
      root = hashWithHashWasm(pairs[at]!);
      nodes.set(root, SEGMENT_SIZE * at);
    }
  }
  const span = new Uint8Array(8);
  new DataView(span.buffer).setBigUint64(0, BigInt(payload.length), true);
  return hashWithHashWasm(span, root);
}
