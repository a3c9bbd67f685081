import { encodeSpan } from "../bmt/span.js";
import { toHex } from "../encoding/hex.js";
import { keccak256, keccak256Each } from "../encoding/keccak.js";
import { childIndex } from "./lookup.js";
import { SWARM_ID_SIZE } from "./row.js";
import { BRANCH_BITS, type Cat, countLevels, encodeChildren, spanOf } from "./tree.js";

/**
 * The siblings on the way from one leaf of a binary tree to its root, lowest first.
 * @param leaves 32 bytes each, one after the other, a power of two of them
 */
export function collectSiblings(leaves: Uint8Array, index: number): Uint8Array[] {
  const siblings: Uint8Array[] = [];
  for (let nodes = leaves, at = index; nodes.length > SWARM_ID_SIZE; at >>= 1) {
    const start = SWARM_ID_SIZE * (at ^ 1);
    siblings.push(nodes.slice(start, start + SWARM_ID_SIZE));
    nodes = keccak256Each(nodes, 2 * SWARM_ID_SIZE);
  }
  return siblings;
}

/**
 * The siblings above a bucket: seven a level, lowest first.
 * @param above the children's addresses of each chunk above the bucket, lowest level first
 */
export function collectSiblingsAbove(above: readonly (readonly string[])[], number: number): Uint8Array[] {
  return above.flatMap((children, i) => {
    const leaves = new Uint8Array(SWARM_ID_SIZE * 2 ** BRANCH_BITS);
    leaves.set(encodeChildren(children));
    return collectSiblings(leaves, childIndex(number, i + 1));
  });
}

/** Hashes a node with its siblings, which stand on the left where the bit is 1, the lowest bit first. */
export function climb(from: Uint8Array, siblings: readonly Uint8Array[], bits: number): Uint8Array {
  return siblings.reduce(
    (node, sibling, i) => ((bits >> i) & 1 ? keccak256(sibling, node) : keccak256(node, sibling)),
    from,
  );
}

/** Whether there are as many siblings, each of 32 bytes, as lead from `bits` levels below the buckets' addresses up to the root. */
export function isPathTo(cat: Cat, siblings: readonly Uint8Array[], bits = 0): boolean {
  if (siblings.length !== bits + BRANCH_BITS * countLevels(cat.depth)) return false;
  return siblings.every((sibling) => sibling.length === SWARM_ID_SIZE);
}

/**
 * Whether a bucket with this address is the one of that number in the CAT.
 * @param siblings seven a level, as {@link isPathTo} wants them
 */
export function leadsToRoot(cat: Cat, number: number, address: Uint8Array, siblings: readonly Uint8Array[]): boolean {
  let node = address;
  for (let level = 1; level <= countLevels(cat.depth); level++) {
    const from = BRANCH_BITS * (level - 1);
    node = climb(node, siblings.slice(from, from + BRANCH_BITS), childIndex(number, level));
    node = keccak256(encodeSpan(spanOf(cat.depth, level)), node);
  }
  return toHex(node) === cat.root;
}
