import { expect } from "chai";
import fc from "fast-check";
import { describeDifference } from "../../src/attest/describe-difference.js";
import { diffNars, type NarDifference } from "../../src/attest/diff-nars.js";
import { codeOf } from "../support/code-of.js";
import { encodeNar, narTrees, type NarTree } from "../support/nar-tree.js";
import { splitBytes } from "../support/split-bytes.js";

const file = (contents: string, executable = false): NarTree => ({
  ...{ type: "regular", executable, contents: Buffer.from(contents, "latin1") },
});
const link = (target: string): NarTree => ({ type: "symlink", target });
const directory = (entries: Record<string, NarTree>): NarTree => ({
  type: "directory",
  entries: Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)),
});

function diff(first: NarTree, second: NarTree, limit = 100, size = 7): Promise<NarDifference[]> {
  return diffNars(splitBytes(encodeNar(first), size), splitBytes(encodeNar(second), size), limit);
}

describe("the difference of two NARs", () => {
  const cases: Record<string, [NarTree, NarTree, NarDifference, string]> = {
    "the first byte that differs": [
      directory({ a: file("same"), bin: directory({ jq: file("0123456789") }), z: file("same") }),
      directory({ a: file("same"), bin: directory({ jq: file("01234!678!") }), z: file("same") }),
      { kind: "content", path: "bin/jq", offset: 5, firstSize: 10, secondSize: 10 },
      "bin/jq: other bytes from byte 5 on (10 bytes both)",
    ],
    "a file that is the beginning of the other": [
      file("0123"),
      file("01234"),
      { kind: "content", path: "", offset: 4, firstSize: 4, secondSize: 5 },
      "the store path itself: other bytes from byte 4 on (published 4 bytes, rebuilt 5)",
    ],
    "an empty file": [
      directory({ a: file("x") }),
      directory({ a: file("") }),
      { kind: "content", path: "a", offset: 0, firstSize: 1, secondSize: 0 },
      "a: other bytes from byte 0 on (published 1 bytes, rebuilt 0)",
    ],
    "an executable bit": [
      directory({ a: file("x", true) }),
      directory({ a: file("x") }),
      { kind: "executable", path: "a", first: true, second: false },
      "a: executable only as published",
    ],
    "a symlink's target": [
      directory({ a: link("b") }),
      directory({ a: link("c d") }),
      { kind: "target", path: "a", first: "b", second: "c d" },
      'a: published a symlink to "b", rebuilt to "c d"',
    ],
    "a type": [
      directory({ a: directory({ deep: directory({ x: file("y") }) }), b: file("") }),
      directory({ a: link("b"), b: file("") }),
      { kind: "type", path: "a", first: "directory", second: "symlink" },
      "a: published a directory, rebuilt a symlink",
    ],
    "an entry too few": [
      directory({ a: directory({ x: directory({ y: file("") }) }), b: file("") }),
      directory({ a: directory({}), b: file("") }),
      { kind: "missing", path: "a/x", in: "second" },
      "a/x: not in what was rebuilt",
    ],
    "an entry too many": [
      directory({ a: file(""), c: file("") }),
      directory({ a: file(""), b: link("x"), c: file("") }),
      { kind: "missing", path: "b", in: "first" },
      "b: not in what was published",
    ],
  };
  for (const [name, [first, second, difference, words]] of Object.entries(cases)) {
    it(`is ${name}`, async () => {
      expect(await diff(first, second)).to.deep.equal([difference]);
      expect(describeDifference(difference)).to.equal(words);
    });
  }

  it("is named in the NAR's order, as often as is wanted", async () => {
    const first = directory({ a: file("1", true), b: directory({ x: file("2") }), c: link("3"), e: file("") });
    const second = directory({ a: file("!"), b: directory({ y: file("2") }), c: link("!"), d: file("") });
    const all = await diff(first, second);
    expect(all.map(({ kind, path }) => `${kind} ${path}`)).to.deep.equal([
      "executable a",
      "content a",
      "missing b/x",
      "missing b/y",
      "target c",
      "missing d",
      "missing e",
    ]);
    expect(await diff(first, second, 2)).to.deep.equal(all.slice(0, 2));
    expect(await diffNars(splitBytes(encodeNar(first), 9), splitBytes(encodeNar(second), 8))).to.deep.equal([all[0]]);
  });

  it("closes streams that it need not read to their ends", async () => {
    let closed = 0;
    async function* read(tree: NarTree): AsyncGenerator<Uint8Array> {
      try {
        yield* splitBytes(encodeNar(tree), 64);
      } finally {
        closed++;
      }
    }
    const rest = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`x${at}`, file("")]));
    await diffNars(read(directory({ a: file("1"), ...rest })), read(directory({ a: file("2"), ...rest })));
    expect(closed).to.equal(2);
  });

  it("is nothing between equal trees, and something between others, however they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(narTrees, narTrees, fc.integer({ min: 1, max: 50 }), async (first, second, size) => {
        expect(await diff(first, first, 1, size)).to.deep.equal([]);
        const isEqual = encodeNar(first).equals(encodeNar(second));
        const [there, back] = [await diff(first, second, 1000, size), await diff(second, first)];
        expect(there.length === 0).to.equal(isEqual);
        expect(back.map(({ kind, path }) => [kind, path])).to.deep.equal(there.map(({ kind, path }) => [kind, path]));
      }),
    );
  });

  it("is refused where one is no NAR, or is cut", async () => {
    const nar = encodeNar(directory({ a: file("x") }));
    const whole = () => splitBytes(nar, 50);
    const codeWith = (bytes: Buffer) => codeOf(() => diffNars(whole(), splitBytes(bytes, 50)));
    expect(await codeWith(nar.subarray(0, -8))).to.equal("NAR_TRUNCATED");
    expect(await codeWith(Buffer.from("no NAR at all, but a text"))).to.equal("NAR_TOKEN_INVALID");
    expect(await codeWith(Buffer.concat([nar, Buffer.alloc(8)]))).to.equal("NAR_TRAILING_DATA");
  });
});
