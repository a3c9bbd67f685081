import { keccak256 } from "../encoding/keccak.js";
import { BRANCHES, CHUNK_SIZE, SEGMENT_SIZE } from "./constants.js";

/** Levels of pairs above the 128 segments. */
const LEVELS = Math.log2(BRANCHES);

// zeroRoots[n] is the root of 2^n zero segments. With these a short chunk costs hashes for what it holds, not for its padding.
const zeroRoots: Uint8Array[] = [new Uint8Array(SEGMENT_SIZE)];
for (let level = 0; level < LEVELS; level++) zeroRoots.push(keccak256(zeroRoots[level]!, zeroRoots[level]!));

// One scratch tree and its pairs, made once: hashing is synchronous, so that two calls never overlap.
const nodes = new Uint8Array(CHUNK_SIZE);
const pairs = Array.from({ length: BRANCHES / 2 }, (_, at) =>
  nodes.subarray(2 * SEGMENT_SIZE * at, 2 * SEGMENT_SIZE * (at + 1)),
);

/**
 * Root of the binary Merkle tree over `payload`, zero-padded to 4,096 bytes: 128 segments of 32 bytes, keccak-256 of each
 * pair (Bee: pkg/bmt).
 * @throws RangeError where `payload` is longer than 4,096 bytes
 */
export function bmtRoot(payload: Uint8Array): Uint8Array {
  if (payload.length > CHUNK_SIZE) throw new RangeError(`payload of ${payload.length} bytes is longer than a chunk`);
  if (payload.length === 0) return zeroRoots[LEVELS]!.slice();
  nodes.set(payload);
  let count = Math.ceil(payload.length / SEGMENT_SIZE);
  nodes.fill(0, payload.length, SEGMENT_SIZE * count);
  let root: Uint8Array = zeroRoots[LEVELS]!;
  for (let level = 0; level < LEVELS; level++) {
    if (count % 2 === 1) nodes.set(zeroRoots[level]!, SEGMENT_SIZE * count++);
    count /= 2;
    for (let at = 0; at < count; at++) {
      root = keccak256(pairs[at]!);
      nodes.set(root, SEGMENT_SIZE * at); // pair `at` and those before it are used up
    }
  }
  return root;
}
