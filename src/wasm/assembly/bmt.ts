import { input, LEAF_SIZE, LEAVES, output, span } from "./buffers";
import { HASH_SIZE, hashMany } from "./sponge";

// Words of 8 bytes: of two segments of 32 bytes, and of a span with a root.
const PAIR: i32 = 8;
const ADDRESSED: i32 = 5;

/** Levels of pairs above the 128 segments of a chunk. */
const LEVELS: i32 = 7;

const nodes = memory.data((LEAVES * LEAF_SIZE) / 2, 16);
const addressed = memory.data(8 * ADDRESSED * LEAVES, 16);

// At HASH_SIZE * n the root of 2^n zero segments: a short chunk costs hashes for what it holds, not for its padding.
const zeroRoots = memory.data(HASH_SIZE * (LEVELS + 1), 16);
for (let level = 0; level < LEVELS; level++) {
  const root = zeroRoots + HASH_SIZE * level;
  memory.copy(nodes, root, HASH_SIZE);
  memory.copy(nodes + HASH_SIZE, root, HASH_SIZE);
  hashMany(nodes, PAIR, 1, root + HASH_SIZE);
}

/** Address of the chunk whose span and payload of `length` bytes are in the input; to the output. */
export function chunkAddress(length: i32): void {
  store<u64>(addressed, load<u64>(span));
  reduce(length, addressed + 8);
  hashMany(addressed, ADDRESSED, 1, output);
}

/** Addresses of `count` full leaves in the input, one after the other; to the output. */
export function leafAddresses(count: i32): void {
  // A level of all leaves at a time: their nodes stand in a row, so that none is without a partner to be hashed with.
  let from = input;
  for (let level = 0; level < LEVELS; level++) {
    hashMany(from, PAIR, (count << (LEVELS - 1)) >> level, nodes);
    from = nodes;
  }
  for (let leaf = 0; leaf < count; leaf++) {
    const to = addressed + 8 * ADDRESSED * leaf;
    store<u64>(to, LEAF_SIZE);
    memory.copy(to + 8, nodes + HASH_SIZE * leaf, HASH_SIZE);
  }
  hashMany(addressed, ADDRESSED, count, output);
}

/** The root of a payload of `length` bytes in the input, to `root`: the binary tree of keccak-256 over its 128 segments. */
function reduce(length: i32, root: usize): void {
  let count = (length + HASH_SIZE - 1) / HASH_SIZE;
  if (count === 0) {
    memory.copy(root, zeroRoots + HASH_SIZE * LEVELS, HASH_SIZE);
    return;
  }
  memory.fill(input + length, 0, HASH_SIZE * count - length);
  let from = input;
  for (let level = 0; level < LEVELS; level++) {
    if (count & 1) memory.copy(from + HASH_SIZE * count++, zeroRoots + HASH_SIZE * level, HASH_SIZE);
    count >>= 1;
    hashMany(from, PAIR, count, level === LEVELS - 1 ? root : nodes);
    from = nodes;
  }
}
