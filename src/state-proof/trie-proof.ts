import { decodeRlp, encodeRlp, keccak256 } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";

/** A node of a Merkle Patricia trie as its RLP decodes: hexadecimal strings, and lists of them. */
type Item = ReturnType<typeof decodeRlp>;

/** The root of a trie with nothing in it: keccak-256 of the RLP of no bytes. */
const EMPTY_TRIE = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
const EMPTY_ITEM = "0x80";

const BRANCHES = 16;
const HASH_LENGTH = 66;

/** Nodes of one proof: keys have 64 nibbles, so that no way is longer. */
export const MAX_PROOF_NODES = 65;
/** Bytes of one node: a branch of 16 hashes has 532, a leaf with an account about 110. */
export const MAX_NODE_SIZE = 1024;

/**
 * Follows a key through a Merkle Patricia trie (Yellow Paper, appendix D), each node held against the hash that led to it.
 * The proof has to be those nodes and no others, from the root on; a node that is shorter than its hash, and so is part of the
 * one above it, may be repeated, as some endpoints do.
 * @param root `0x` and 64 lower-case hex digits
 * @param key the hashed key: `0x` and 64 lower-case hex digits
 * @param nodes their RLP, lower-case hex with `0x`
 * @returns the value's bytes as lower-case hex with `0x`; undefined where the trie is proved to hold none
 * @throws CatnixError STATE_PROOF_INVALID
 */
export function verifyTrieProof(root: string, key: string, nodes: readonly string[]): string | undefined {
  if (nodes.length > MAX_PROOF_NODES) throw invalid(`it has ${nodes.length} nodes`);
  if (root === EMPTY_TRIE && nodes.every((node) => node === EMPTY_ITEM) && nodes.length <= 1) return undefined;
  const proof = new ProofReader(nodes);
  const value = follow(proof.take(root), key.slice(2), proof);
  proof.requireEnd();
  return value;
}

/** @param rest nibbles of the key that are still to follow, a digit each */
function follow(node: Item, rest: string, proof: ProofReader): string | undefined {
  if (!Array.isArray(node)) throw invalid("a node is no list");
  if (node.length === BRANCHES + 1) {
    // All keys are of one length: a branch that one of them ends at is in no such trie.
    if (rest === "") throw invalid("a branch is below the end of the key");
    const child = node[parseInt(rest[0]!, 16)]!;
    return child === "0x" ? undefined : follow(proof.step(child), rest.slice(1), proof);
  }
  if (node.length !== 2) throw invalid(`a node has ${node.length} items`);
  const { isLeaf, path } = decodePath(node[0]!);
  if (isLeaf) {
    if (path.length !== rest.length) throw invalid("a leaf is not at the end of a key");
    return path === rest ? decodeValue(node[1]!) : undefined;
  }
  if (path === "") throw invalid("an extension without a path");
  return rest.startsWith(path) ? follow(proof.step(node[1]!), rest.slice(path.length), proof) : undefined;
}

/** Nibbles in the compact form (Yellow Paper, appendix C). */
function decodePath(item: Item): { isLeaf: boolean; path: string } {
  const [, flag, first, others] = (typeof item === "string" && /^0x([0-3])(.)(.*)$/.exec(item)) || [];
  if (flag === undefined) throw invalid("a node's path is not in the compact form");
  const isOdd = flag === "1" || flag === "3";
  if (!isOdd && first !== "0") throw invalid("a node's path is not in the compact form");
  return { isLeaf: flag >= "2", path: isOdd ? `${first}${others}` : others! };
}

function decodeValue(item: Item): string {
  if (typeof item !== "string" || item === "0x") throw invalid("a leaf without a value");
  return item;
}

class ProofReader {
  #at = 0;

  constructor(readonly nodes: readonly string[]) {}

  /** The next node, which has to be the one of this hash. */
  take(hash: string): Item {
    const node = this.nodes[this.#at++];
    if (node === undefined) throw invalid("it ends before the key does");
    if (node.length > 2 + 2 * MAX_NODE_SIZE) throw invalid("a node is too large");
    if (keccak256(node) !== hash) throw invalid(`node ${this.#at - 1} is not the one that leads on`);
    try {
      return decodeRlp(node);
    } catch (error) {
      throw invalid("a node is no RLP", error);
    }
  }

  /** What a node refers to: another one by its hash, or a short one itself. */
  step(reference: Item): Item {
    if (typeof reference === "string") {
      if (reference.length !== HASH_LENGTH) throw invalid("a node refers to what is no hash");
      return this.take(reference);
    }
    const encoded = encodeRlp(reference);
    if (encoded.length >= HASH_LENGTH) throw invalid("a node holds one that is as long as its hash");
    if (this.nodes[this.#at] === encoded) this.#at++;
    return reference;
  }

  requireEnd(): void {
    const more = this.nodes.length - this.#at;
    if (more > 0) throw invalid(`${more} of its nodes prove nothing`);
  }
}

function invalid(reason: string, cause?: unknown): CatnixError {
  return new CatnixError("STATE_PROOF_INVALID", { reason }, { cause });
}
