import { createMerkleProof, createMPT, verifyMerkleProof } from "@ethereumjs/mpt";
import { expect } from "chai";
import { encodeRlp, getBytes, hexlify, keccak256 } from "ethers";
import fc from "fast-check";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { MAX_NODE_SIZE, MAX_PROOF_NODES, verifyTrieProof } from "../../src/state-proof/trie-proof.js";
import { codeOf } from "../support/code-of.js";

const EMPTY_TRIE = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

/** Keys as a state trie has them (32 bytes), some of which share most of their nibbles, so that short nodes lie in others. */
const key = fc
  .tuple(
    fc.constantFrom("", "ab".repeat(31), `${"ab".repeat(15)}cd${"ab".repeat(15)}`),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  )
  .map(([shared, bytes]) => `0x${(shared + hexlify(bytes).slice(2)).slice(0, 64)}`);
const value = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => hexlify(bytes));
const entries = fc.dictionary(key, value, { minKeys: 1, maxKeys: 40 });

async function makeTrie(content: Record<string, string>) {
  const trie = await createMPT();
  for (const [at, what] of Object.entries(content)) await trie.put(getBytes(at), getBytes(what));
  const prove = async (at: string) => (await createMerkleProof(trie, getBytes(at))).map((node) => hexlify(node));
  return { root: hexlify(trie.root()), prove };
}

/** The answer, or that there is none. */
function ask(root: string, at: string, nodes: readonly string[]): { value: string | undefined } | "refused" {
  try {
    return { value: verifyTrieProof(root, at, nodes) };
  } catch (error) {
    if (isCatnixError(error, "STATE_PROOF_INVALID")) return "refused";
    throw error;
  }
}

describe("trie proof", () => {
  it("of any key, there or not, is read as by another implementation (@ethereumjs/mpt)", async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(key, { maxLength: 5 }), async (content, others) => {
        const { root, prove } = await makeTrie(content);
        for (const at of [...Object.keys(content), ...others]) {
          const nodes = await prove(at);
          expect(ask(root, at, withoutShort(nodes))).to.deep.equal({ value: content[at] });
          expect(ask(root, at, nodes), "short nodes repeated").to.deep.equal({ value: content[at] });
          const theirs = await verifyMerkleProof(
            getBytes(at),
            nodes.map((node) => getBytes(node)),
            { root: getBytes(root) },
          );
          expect(theirs && hexlify(theirs)).to.equal(content[at] ?? null);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("with anything changed, left out, added or moved is refused or says the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        entries,
        key,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (content, other, a, b, flip) => {
          const { root, prove } = await makeTrie(content);
          const keys = [...Object.keys(content), other];
          const at = keys[a % keys.length]!;
          const nodes = withoutShort(await prove(at));
          const place = b % nodes.length;
          const bytes = getBytes(nodes[place]!);
          bytes[a % bytes.length]! ^= flip;
          const changed = nodes.with(place, hexlify(bytes));
          const left = nodes.toSpliced(place, 1);
          const added = nodes.toSpliced(b % (nodes.length + 1), 0, hexlify(bytes));
          const doubled = nodes.toSpliced(place, 0, nodes[place]!);
          const foreign = withoutShort(await prove(keys[b % keys.length]!));
          for (const lie of [changed, left, added, doubled, nodes.toReversed(), [...nodes, ...foreign], []]) {
            if (lie.join() === nodes.join()) continue;
            expect(ask(root, at, lie)).to.equal("refused");
          }
          // A proof of another key says of this one what is true, or nothing.
          expect([{ value: content[at] }, "refused"]).to.deep.include(ask(root, at, foreign));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("of an empty trie has no nodes, or the empty one", async () => {
    const at = `0x${"00".repeat(32)}`;
    expect(verifyTrieProof(EMPTY_TRIE, at, [])).to.equal(undefined);
    expect(verifyTrieProof(EMPTY_TRIE, at, ["0x80"])).to.equal(undefined);
    for (const nodes of [["0x80", "0x80"], ["0xc0"], ["0x"]])
      expect(await codeOf(() => verifyTrieProof(EMPTY_TRIE, at, nodes))).to.equal("STATE_PROOF_INVALID");
  });

  describe("whose nodes hash as they should, but are none, is refused:", () => {
    const at = `0x${"12".repeat(32)}`;
    const path = at.slice(2);
    const empty = (count: number) => Array.from({ length: count }, () => "0x");
    const cases: Record<string, Parameters<typeof encodeRlp>[0]> = {
      "a string": "0x646f67",
      "three items": empty(3),
      "no items": [],
      "a path that is a list": [["0x20"], "0x05"],
      "an empty path item": ["0x", "0x05"],
      "a flag above 3": [`0x40${path}`, "0x05"],
      "a second nibble that is not zero": [`0x21${path}`, "0x05"],
      "a leaf without a value": [`0x20${path}`, "0x"],
      "a leaf whose value is a list": [`0x20${path}`, ["0x05"]],
      "a leaf beyond the end of the key": [`0x20${path}00`, "0x05"],
      "a leaf before the end of the key": ["0x20", "0x05"],
      "an extension without a path": ["0x00", "0x05"],
      "an extension to nothing": ["0x0012", "0x"],
      "an extension to what is no hash": ["0x0012", `0x${"ab".repeat(31)}`],
      "an extension to the key's end and a branch there": [`0x00${path}`, empty(17)],
      "a branch to what is no hash": ["0x", "0x0102", ...empty(15)],
      "a node within one, as long as a hash": ["0x0012", [`0x20${path.slice(2)}`, "0x0506"]],
    };
    for (const [what, node] of Object.entries(cases))
      it(what, async () => {
        const encoded = encodeRlp(node);
        expect(await codeOf(() => verifyTrieProof(keccak256(encoded), at, [encoded]))).to.equal("STATE_PROOF_INVALID");
      });

    it("more bytes after a node", async () => {
      const encoded = `${encodeRlp([`0x20${path}`, "0x05"])}00`;
      expect(await codeOf(() => verifyTrieProof(keccak256(encoded), at, [encoded]))).to.equal("STATE_PROOF_INVALID");
    });

    it("nodes that are too large, too many, or too deep", async () => {
      const large = encodeRlp([`0x20${path}`, `0x${"ab".repeat(MAX_NODE_SIZE)}`]);
      expect(await codeOf(() => verifyTrieProof(keccak256(large), at, [large]))).to.equal("STATE_PROOF_INVALID");
      const many = Array.from({ length: MAX_PROOF_NODES + 1 }, () => "0x80");
      expect(await codeOf(() => verifyTrieProof(EMPTY_TRIE, at, many))).to.equal("STATE_PROOF_INVALID");
      const deep = `0x${"c1".repeat(MAX_NODE_SIZE - 1)}c0`;
      expect(await codeOf(() => verifyTrieProof(keccak256(deep), at, [deep]))).to.equal("STATE_PROOF_INVALID");
    });
  });
});

/** As geth answers: a node that is shorter than its hash is only in the one above it. */
function withoutShort(nodes: readonly string[]): string[] {
  return nodes.filter((node, at) => at === 0 || node.length >= 66);
}
