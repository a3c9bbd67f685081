import { expect } from "chai";
import fc from "fast-check";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { MAX_LISTING_SIZE } from "../../src/nix/listing-encoder.js";
import { type ListingNode, parseListing } from "../../src/nix/listing.js";
import { codeOf } from "../support/code-of.js";
import { listingOf } from "../support/nar-listing.js";
import { encodeNar, type NarTree, utf8NarTrees } from "../support/nar-tree.js";
import { readNixVector, readNixVectorBytes } from "../support/nix-vector.js";

const empty = { type: "regular", executable: false, contents: Buffer.alloc(0) } as const;
const folder = (...entries: [string, NarTree][]): NarTree => ({ type: "directory", entries });
const link = (target: string): NarTree => ({ type: "symlink", target });
const textOf = (tree: NarTree) => listingOf(encodeNar(tree))?.toString();
const latin1 = (text: string) => Buffer.from(text).toString("latin1");

/** The tree that a listing describes, its files read from the NAR at their offsets. */
function readTree(node: ListingNode, nar: Buffer): NarTree {
  if (node.type === "symlink") return link(latin1(node.target));
  if (node.type === "directory")
    return folder(...[...node.entries].map(([name, child]): [string, NarTree] => [latin1(name), readTree(child, nar)]));
  const { executable, narOffset, size } = node;
  return { type: "regular", executable, contents: nar.subarray(narOffset, narOffset + size) };
}

/** The listing by the plainest reading of its rules, as a check of the streaming encoder. */
function formatPlainly(node: ListingNode): string {
  if (node.type === "symlink") return `{"target":${JSON.stringify(node.target)},"type":"symlink"}`;
  if (node.type === "directory") {
    const byBytes = [...node.entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const entries = byBytes.map(([name, child]) => `${JSON.stringify(name)}:${formatPlainly(child)}`);
    return `{"entries":{${entries.join(",")}},"type":"directory"}`;
  }
  const { executable, narOffset, size } = node;
  return JSON.stringify({ ...(executable && { executable }), narOffset, size, type: "regular" });
}

describe("a NAR's listing", () => {
  it("says what Nix's own says", () => {
    const listing = listingOf(readNixVectorBytes("listed.nar"))!;
    expect(JSON.parse(listing.toString())).to.deep.equal(JSON.parse(readNixVector("listed.ls")));
    const { root, narSize } = parseListing(listing);
    expect(narSize).to.equal(readNixVectorBytes("listed.nar").length);
    expect(listing.toString()).to.equal(`{"root":${formatPlainly(root)},"version":1}`);
  });

  it("is one text", () => {
    expect(textOf(empty)).to.equal('{"root":{"narOffset":96,"size":0,"type":"regular"},"version":1}');
    expect(textOf(link("/x y"))).to.equal('{"root":{"target":"/x y","type":"symlink"},"version":1}');
    expect(textOf(folder())).to.equal('{"root":{"entries":{},"type":"directory"},"version":1}');
    const run: NarTree = { type: "regular", executable: true, contents: Buffer.from("#!") };
    expect(textOf(folder(["a\n", run], [latin1("é"), folder(["b", link('"\\')])]))).to.equal(
      '{"root":{"entries":{"a\\n":{"executable":true,"narOffset":264,"size":2,"type":"regular"},' +
        '"é":{"entries":{"b":{"target":"\\"\\\\","type":"symlink"}},"type":"directory"}},"type":"directory"},"version":1}',
    );
  });

  it("orders names by their bytes, as Nix does and JavaScript does not", () => {
    const names = ["10", "9", "__proto__", "a", "é", "\ufeff", "～", "😀"];
    const { root } = parseListing(
      listingOf(encodeNar(folder(...names.map((name): [string, NarTree] => [latin1(name), empty]))))!,
    );
    expect(root.type === "directory" && [...root.entries.keys()]).to.deep.equal(names);
  });

  it("leads to every file's bytes, and tells the NAR's size", () => {
    fc.assert(
      fc.property(utf8NarTrees, (tree) => {
        const nar = encodeNar(tree);
        const listing = listingOf(nar)!;
        const { root, narSize } = parseListing(listing);
        expect(readTree(root, nar)).to.deep.equal(tree);
        expect(narSize).to.equal(nar.length);
        expect(listing.toString()).to.equal(`{"root":${formatPlainly(root)},"version":1}`);
      }),
    );
  });

  it("does not exist where a name or target is not UTF-8", () => {
    expect(listingOf(readNixVectorBytes("tree.nar"))).to.equal(undefined);
    for (const bytes of ["\xff", "caf\xe9", "\xed\xa0\x80", "\xc0\xaf"]) {
      expect(textOf(link(bytes)), bytes).to.equal(undefined);
      expect(textOf(folder([bytes, empty])), bytes).to.equal(undefined);
    }
  });

  it("does not exist where it would be too large", () => {
    const files = Array.from({ length: 5000 }, (_, at): [string, NarTree] => [String(at + 10_000), empty]);
    const nar = encodeNar(folder(...files));
    const size = listingOf(nar)!.length;
    expect(size).to.be.above(200_000);
    expect(listingOf(nar, size)).to.have.length(size);
    expect(listingOf(nar, size - 1)).to.equal(undefined);
  });

  it("may be of the deepest NAR, the longest name and target", () => {
    let tree = folder(["n".repeat(255), link("t".repeat(4095))]);
    for (let depth = 1; depth < 1024; depth++) tree = folder(["d", tree]);
    const nar = encodeNar(tree);
    expect(parseListing(listingOf(nar)!).narSize).to.equal(nar.length);
  });
});

describe("parseListing", () => {
  const around = (root: string) => `{"root":${root},"version":1}`;
  const file = '{"narOffset":96,"size":1,"type":"regular"}';
  const entries = (text: string) => around(`{"entries":{${text}},"type":"directory"}`);
  const symlink = (target: string) => `{"target":${target},"type":"symlink"}`;
  const refused: Record<string, string | Uint8Array> = {
    "no bytes": "",
    "a page of HTML": "<html></html>",
    "another version": around(file).replace(":1}", ":2}"),
    "no version": `{"root":${file}}`,
    "the version first": `{"version":1,"root":${file}}`,
    "a line's end": `${around(file)}\n`,
    "two listings": around(file) + around(file),
    spaces: around(file).replaceAll(":", ": "),
    "a byte order mark": `\ufeff${around(file)}`,
    "bytes that are not UTF-8": Buffer.from(around(symlink('"\xff"')), "latin1"),
    "less than a listing": around(file).slice(0, -1),
    "more than the limit": Buffer.alloc(MAX_LISTING_SIZE + 1, " "),
    "a file without its offset": around('{"size":1,"type":"regular"}'),
    "a file without its size": around('{"narOffset":96,"type":"regular"}'),
    "a file that is said not to be executable": around(`{"executable":false,${file.slice(1)}`),
    "keys in Nix's order": around('{"type":"regular","size":1,"narOffset":96}'),
    "an unknown key": around(file.replace("{", '{"mode":1,')),
    "an unknown type": around(file.replace("regular", "fifo")),
    "an offset before the contents": around(file.replace("96", "88")),
    "an offset of another file": around(file.replace("96", "1000000")),
    "an executable's offset that leaves the mark out": around(`{"executable":true,${file.slice(1)}`),
    "an offset with a zero before it": around(file.replace("96", "096")),
    "a size without digits": around(file.replace(":1,", ":,")),
    "a negative size": around(file.replace(":1,", ":-1,")),
    "a size with an exponent": around(file.replace(":1,", ":1e3,")),
    "a size that is a text": around(file.replace(":1,", ':"1",')),
    "a size of 2^53": around(file.replace(":1,", ":9007199254740992,")),
    "a NAR of 2^53 bytes": around(file.replace(":1,", ":9007199254740991,")),
    "an empty target": around(symlink('""')),
    "a target with a NUL": around(symlink('"a\\u0000"')),
    "a target of 4,096 bytes": around(symlink(`"${"t".repeat(4096)}"`)),
    "a target of many megabytes": around(symlink(`"${"t".repeat(20_000_000)}"`)),
    "a target of many escapes": around(symlink(`"${"\\n".repeat(10_000_000)}"`)),
    "a backslash at the end": '{"root":{"target":"\\',
    "a target that is a number": around(symlink("1")),
    "a target without an end": around(symlink('"a')),
    "a target with a raw line's end": around(symlink('"a\nb"')),
    "a target with half a character": around(symlink('"\\ud800"')),
    "an escape that is not needed": around(symlink('"\\u0041"')),
    "an escaped slash": around(symlink('"\\/"')),
    "an escape in capitals": around(symlink('"\\u001F"')),
    "an escape of Nix 2.8": around(symlink('"\\u0008"')),
    "an empty name": entries(`"":${symlink('"x"')}`),
    "the name .": entries(`".":${symlink('"x"')}`),
    "the name ..": entries(`"..":${symlink('"x"')}`),
    "a name with a slash": entries(`"a/b":${symlink('"x"')}`),
    "a name with a NUL": entries(`"a\\u0000":${symlink('"x"')}`),
    "a name of 256 bytes": entries(`"${"é".repeat(128)}":${symlink('"x"')}`),
    "a name twice": entries(`"a":${symlink('"x"')},"a":${symlink('"x"')}`),
    "names out of order": entries(`"b":${symlink('"x"')},"a":${symlink('"x"')}`),
    "names in JavaScript's order": entries(`"9":${symlink('"x"')},"10":${symlink('"x"')}`),
    "names in the order of UTF-16": entries(`"😀":${symlink('"x"')},"～":${symlink('"x"')}`),
    "a comma at the end": entries(`"a":${symlink('"x"')},`),
    "a comma at the start": entries(`,"a":${symlink('"x"')}`),
    "1,025 directories in one another": around(
      '{"entries":{"a":'.repeat(1024) + '{"entries":{},"type":"directory"}' + '},"type":"directory"}'.repeat(1024),
    ),
  };
  for (const [what, listing] of Object.entries(refused))
    it(`refuses ${what}: LISTING_INVALID`, async () => {
      const bytes = typeof listing === "string" ? Buffer.from(listing) : listing;
      expect(await codeOf(() => parseListing(bytes))).to.equal("LISTING_INVALID");
    });

  it("accepts what the refused ones were made of", () => {
    for (const text of [around(file), around(symlink('"x"')), entries(""), entries(`"a":${symlink('"\\b"')}`)])
      expect(() => parseListing(Buffer.from(text)), text).not.to.throw();
  });

  it("accepts after random damage only what is a listing", () => {
    const damage = fc.record({ at: fc.nat(), cut: fc.nat(8), put: fc.string({ unit: "binary", maxLength: 4 }) });
    fc.assert(
      fc.property(utf8NarTrees, damage, (tree, { at, cut, put }) => {
        const text = textOf(tree)!;
        const start = at % text.length;
        const damaged = text.slice(0, start) + put + text.slice(start + cut);
        try {
          const { root } = parseListing(Buffer.from(damaged));
          expect(`{"root":${formatPlainly(root)},"version":1}`).to.equal(Buffer.from(damaged).toString());
        } catch (error) {
          if (!isCatnixError(error)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
