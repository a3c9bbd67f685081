import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import {
  encodeManifestNode,
  type Fork,
  MAX_NODE_SIZE,
  parseManifestNode,
  TYPE,
} from "../../src/mantaray/manifest-node.js";
import { ManifestReader } from "../../src/mantaray/manifest-reader.js";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { codeOf } from "../support/code-of.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/swarm/manifest-nodes.json", import.meta.url), "utf8")) as {
  obfuscated: string;
  valid: string;
  metadataTooShort: string;
  metadataTooLong: string[];
};
const bytesOf = (hex: string) => fromHex(hex, hex.length / 2);
const address = new Uint8Array(32).fill(9);
const parse = (bytes: Uint8Array) => parseManifestNode(bytes, address);

describe("a manifest's node", () => {
  it("is read as Bee's own tests have it, obfuscated too", () => {
    const { forks } = parse(bytesOf(vectors.obfuscated));
    const prefixes = [...forks.values()].map(({ prefix }) => Buffer.from(prefix).toString());
    expect(prefixes).to.deep.equal(["/", "aaaaa", "cc", "d", "ee"]);
    const metadata = [...forks.values()].map(({ metadata }) => ({ ...metadata }));
    expect(metadata).to.deep.equal([{ "index-document": "aaaaa" }, {}, {}, {}, {}]);
    const [root] = parse(bytesOf(vectors.valid)).forks.values();
    expect(root!.metadata["website-index-document"]).to.match(/^35eaee81bb638046[0-9a-f]{48}$/);
  });

  it("is written as Bee writes it", () => {
    const bytes = bytesOf(vectors.obfuscated);
    const { entry, forks } = parse(bytes);
    const plain = bytes.map((byte, at) => byte ^ bytes[at % 32]!); // the key becomes zeros, as if there had been none
    const written = encodeManifestNode({ referenceSize: 32, entry, forks: [...forks.values()] });
    expect(toHex(written)).to.equal(toHex(plain));
  });

  it("comes back as it was written", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 60 });
    const fork = fc.record({
      type: fc.constantFrom(TYPE.value, TYPE.edge, TYPE.value | TYPE.withMetadata),
      prefix: fc.uint8Array({ minLength: 1, maxLength: 30 }),
      reference: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      metadata: fc.dictionary(text, text, { maxKeys: 4 }),
    });
    const forks = fc.uniqueArray(fork, { maxLength: 12, selector: ({ prefix }) => prefix[0] });
    fc.assert(
      fc.property(forks, (forks) => {
        const read = parse(encodeManifestNode({ referenceSize: 32, entry: undefined, forks }));
        expect(read.forks.size).to.equal(forks.length);
        for (const { type, prefix, reference, metadata } of forks) {
          const found = read.forks.get(prefix[0]!)!;
          expect([found.type, toHex(found.prefix), toHex(found.reference)]).to.deep.equal([
            type,
            toHex(prefix),
            toHex(reference),
          ]);
          const expected = (type & TYPE.withMetadata) === 0 ? [] : Object.entries(metadata);
          expect(Object.entries(found.metadata)).to.have.deep.members(expected);
        }
      }),
    );
  });

  const fork = (change: Partial<Fork>): Fork => ({
    ...{ type: TYPE.value, prefix: Buffer.from("a"), reference: address, metadata: {} },
    ...change,
  });
  const one = encode(fork({}));
  const withMetadata = encode(fork({ type: TYPE.value | TYPE.withMetadata, metadata: { a: "b" } }));
  const altered = (bytes: Uint8Array, at: number, value: number) =>
    Uint8Array.from(bytes, (byte, position) => (position === at ? value : byte));
  /** Where the fork of `one` begins, and where the text of the metadata in the other. */
  const [FORK, JSON_AT] = [128, 128 + 64 + 2];

  for (const [what, bytes] of [
    ["nothing", new Uint8Array(0)],
    ["a header that breaks off", one.subarray(0, 63)],
    ["zeros", new Uint8Array(200)],
    ["a file", pseudoRandomBytes(4096, 1)],
    ["version 0.1", altered(one, 32, 0x02)],
    ["encrypted references", altered(one, 63, 64)],
    ["references of one byte", altered(one, 63, 1)],
    ["forks without references", encodeManifestNode({ referenceSize: 0, entry: undefined, forks: [fork({})] })],
    ["an index that breaks off", one.subarray(0, 127)],
    ["a fork that breaks off", one.subarray(0, one.length - 1)],
    ["a fork that is not there", altered(one, 96 + 31, 0x80)],
    ["an empty prefix", altered(one, FORK + 1, 0)],
    ["a prefix of 31 bytes", altered(one, FORK + 1, 31)],
    ["a fork under another byte", altered(one, FORK + 2, 0x62)],
    ["metadata that break off", withMetadata.subarray(0, -1)],
    ["metadata that are no JSON", altered(withMetadata, JSON_AT, 0x5d)],
    ["metadata that are no UTF-8", altered(withMetadata, JSON_AT + 2, 0xff)],
    ["metadata that are a list", replaced(withMetadata, '["a","b"]')],
    ["metadata that are a number", replaced(withMetadata, "1")],
    ["metadata with a number", replaced(withMetadata, '{"a":1}')],
    ["metadata with an object", replaced(withMetadata, '{"a":{}}')],
    ["metadata shorter than they say", bytesOf(vectors.metadataTooShort)],
    ...vectors.metadataTooLong.map((hex) => ["metadata longer than they say", bytesOf(hex)]),
    ["more than a MiB", new Uint8Array(MAX_NODE_SIZE + 1)],
  ] as [string, Uint8Array][])
    it(`is not ${what}: MANIFEST_INVALID`, async () => {
      expect(await codeOf(() => parse(bytes))).to.equal("MANIFEST_INVALID");
    });

  it("is either read or refused, whatever was changed in it", () => {
    const start = bytesOf(vectors.valid);
    const change = fc.tuple(fc.nat(start.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(start.length), (changes, length) => {
        const bytes = start.slice(0, Math.max(length, 130));
        for (const [at, value] of changes) bytes[at] = value;
        try {
          parse(bytes);
        } catch (error) {
          expect(isCatnixError(error, "MANIFEST_INVALID")).to.equal(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps names like __proto__ to itself", () => {
    const { forks } = parse(encode(fork({ type: TYPE.withMetadata, metadata: { ["__proto__"]: "x" } })));
    expect(Object.keys(forks.get(0x61)!.metadata)).to.deep.equal(["__proto__"]);
    expect(Object.prototype).not.to.have.property("x");
  });
});

describe("a manifest that means harm", () => {
  it("which leads on and on: MANIFEST_INVALID", async () => {
    // Each node leads to the next; a loop cannot be made, since each would have to hold its own hash.
    const nodes = new Map<string, Uint8Array>();
    let reference: Uint8Array = address;
    nodes.set(toHex(reference), encode());
    for (let depth = 0; depth < 300; depth++) {
      const bytes = encode({ type: TYPE.edge, prefix: Buffer.from("a"), reference, metadata: {} });
      reference = fileAddress(bytes);
      nodes.set(toHex(reference), bytes);
    }
    const asked: string[] = [];
    const reader = new ManifestReader(reference, (address) => {
      asked.push(toHex(address));
      return Promise.resolve(nodes.get(toHex(address))!);
    });
    expect(await reader.hasPrefix("a".repeat(200))).to.equal(true);
    expect(await codeOf(() => reader.find("a".repeat(299)))).to.equal("MANIFEST_INVALID");
    expect(await codeOf(() => reader.find("a".repeat(2049)))).to.equal("MANIFEST_INVALID");
    expect(asked).to.have.length.below(260);
  });

  it("whose nodes are large, each of them: MANIFEST_INVALID", async () => {
    // What follows the last fork counts for nothing, but would be kept in memory with it.
    let asked = 0;
    const reader = new ManifestReader(address, () => {
      const reference = new Uint8Array(32).fill(100 + ++asked);
      const bytes = new Uint8Array(MAX_NODE_SIZE);
      bytes.set(encode({ type: TYPE.edge, prefix: Buffer.from("a"), reference, metadata: {} }));
      return Promise.resolve(bytes);
    });
    expect(await codeOf(() => reader.find("a".repeat(200)))).to.equal("MANIFEST_INVALID");
    expect(asked).to.equal(17);
  });
});

function encode(...forks: Fork[]): Uint8Array {
  return encodeManifestNode({ referenceSize: 32, entry: undefined, forks });
}

function replaced(bytes: Uint8Array, json: string): Uint8Array {
  const copy = bytes.slice();
  copy.fill(0x0a, 194);
  copy.set(Buffer.from(json), 194);
  return copy;
}
