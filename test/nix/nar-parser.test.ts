import { expect } from "chai";
import fc from "fast-check";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { NarParser, type NarEvent } from "../../src/nix/nar-parser.js";
import { encodeNarToken } from "../../src/nix/nar-token.js";
import { codeOf } from "../support/code-of.js";
import { encodeNar, encodeNarTokens as tokens, narTrees, type NarTree } from "../support/nar-tree.js";
import { readNixVectorBytes } from "../support/nix-vector.js";

function parse(nar: Uint8Array, pieceSize = nar.length || 1): NarEvent[] {
  const parser = new NarParser();
  const events: NarEvent[] = [];
  // Each piece is overwritten afterwards: nothing but contents may still point into it.
  for (let at = 0; at < nar.length; at += pieceSize) {
    const piece = Buffer.from(nar.subarray(at, at + pieceSize));
    for (const event of parser.push(piece)) {
      events.push(event.type === "content" ? { ...event, bytes: Uint8Array.from(event.bytes) } : event);
    }
    piece.fill(0xee);
  }
  parser.end();
  return events;
}

function buildTree(events: NarEvent[]): NarTree {
  const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
  const root: [string, NarTree][] = [];
  const open = [root];
  let pieces: Uint8Array[] = [];
  let executable = false;
  for (const event of events) {
    const entries = open.at(-1)!;
    if (event.type === "directory") {
      open.push([]);
      entries.push([latin1(event.name), { type: "directory", entries: open.at(-1)! }]);
    } else if (event.type === "directory-end") open.pop();
    else if (event.type === "symlink")
      entries.push([latin1(event.name), { type: "symlink", target: latin1(event.target) }]);
    else if (event.type === "content") pieces.push(event.bytes);
    else if (event.type === "file") {
      pieces = [];
      executable = event.executable;
      entries.push([latin1(event.name), { type: "regular", executable, contents: Buffer.alloc(0) }]);
    } else {
      const [name] = entries.pop()!;
      entries.push([name, { type: "regular", executable, contents: Buffer.concat(pieces) }]);
    }
  }
  expect(root).to.have.length(1);
  expect(root[0]![0]).to.equal("");
  return root[0]![1];
}

const file = ["(", "type", "regular", "contents", "x", ")"];
const magic = "nix-archive-1";
const entry = (name: string, node = file) => ["entry", "(", "name", name, "node", ...node, ")"];
const directory = (...entries: string[][]) => tokens(magic, "(", "type", "directory", ...entries.flat(), ")");
const symlink = (target: string) => tokens(magic, "(", "type", "symlink", "target", target, ")");

/** A length of `low` in a token that has nothing behind it. */
function length(low: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(low);
  return bytes;
}

describe("NarParser", () => {
  it("reads what it is given in pieces of any size", () => {
    fc.assert(
      fc.property(narTrees, fc.integer({ min: 1, max: 70 }), (tree, pieceSize) => {
        expect(buildTree(parse(encodeNar(tree), pieceSize))).to.deep.equal(tree);
      }),
    );
  });

  it("reads a NAR of Nix byte by byte, and says where contents start", () => {
    const nar = readNixVectorBytes("tree.nar");
    const events = parse(nar, 1);
    expect(encodeNar(buildTree(events))).to.deep.equal(nar);
    const hello = events.find((event) => event.type === "file" && event.executable);
    if (hello?.type !== "file") throw new Error("no executable");
    expect(nar.toString("utf8", hello.offset, hello.offset + hello.size)).to.equal("#!/bin/sh\necho hello\n");
  });

  it("accepts the deepest tree and the longest name and target", () => {
    let nar = Buffer.concat([
      encodeNarToken(magic),
      ...Array<Buffer>(1023).fill(tokens("(", "type", "directory", "entry", "(", "name", "d", "node")),
    ]);
    nar = Buffer.concat([nar, tokens("(", "type", "directory", ")"), ...Array<Buffer>(1023).fill(tokens(")", ")"))]);
    expect(parse(nar, 1000)).to.have.length(2048);
    expect(parse(directory(entry("n".repeat(255))))).to.have.length(5);
    expect(parse(symlink("t".repeat(4095)))).to.have.length(1);
  });

  const tooDeep = Buffer.concat([
    encodeNarToken(magic),
    ...Array<Buffer>(1025).fill(tokens("(", "type", "directory", "entry", "(", "name", "d", "node")),
  ]);
  const regular = tokens(magic, "(", "type", "regular", "contents");
  const damaged = (nar: Buffer, at: number, value: number) => {
    const copy = Buffer.from(nar);
    copy[at < 0 ? copy.length + at : at] = value;
    return copy;
  };
  const refused: Record<string, [code: string, nar: Uint8Array]> = {
    nothing: ["NAR_TRUNCATED", Buffer.alloc(0)],
    "a NAR without its last byte": ["NAR_TRUNCATED", directory().subarray(0, -1)],
    "a file whose contents are cut off": ["NAR_TRUNCATED", Buffer.concat([regular, length(100n), Buffer.alloc(99)])],
    "another magic": ["NAR_TOKEN_INVALID", tokens("nix-archive-2", ...file)],
    "a page of HTML": ["NAR_TOKEN_INVALID", Buffer.from("<html><body>".repeat(10))],
    "a zstd frame": ["NAR_TOKEN_INVALID", Buffer.from("28b52ffd04000000000000000000000000", "hex")],
    "a token of 2^64 - 1 bytes": ["NAR_TOKEN_INVALID", Buffer.concat([encodeNarToken(magic), length(2n ** 64n - 1n)])],
    "a missing (": ["NAR_TOKEN_INVALID", tokens(magic, "type", "directory", ")")],
    "a missing type": ["NAR_TOKEN_INVALID", tokens(magic, "(", "directory", ")")],
    "an unknown type": ["NAR_TOKEN_INVALID", tokens(magic, "(", "type", "fifo", ")")],
    "a file without contents": ["NAR_TOKEN_INVALID", tokens(magic, "(", "type", "regular", ")")],
    "an executable without contents": [
      "NAR_TOKEN_INVALID",
      tokens(magic, "(", "type", "regular", "executable", "", ")"),
    ],
    "an executable marker with a value": [
      "NAR_TOKEN_INVALID",
      tokens(magic, "(", "type", "regular", "executable", "1", "contents", "", ")"),
    ],
    "executable after contents": [
      "NAR_TOKEN_INVALID",
      tokens(magic, "(", "type", "regular", "contents", "", "executable", "", ")"),
    ],
    "contents given twice": [
      "NAR_TOKEN_INVALID",
      tokens(magic, "(", "type", "regular", "contents", "", "contents", "", ")"),
    ],
    "a symlink without a target": ["NAR_TOKEN_INVALID", tokens(magic, "(", "type", "symlink", ")")],
    "a directory with contents": ["NAR_TOKEN_INVALID", tokens(magic, "(", "type", "directory", "contents", "", ")")],
    "an entry without a name": [
      "NAR_TOKEN_INVALID",
      tokens(magic, "(", "type", "directory", "entry", "(", "node", ...file, ")", ")"),
    ],
    "an entry without a node": [
      "NAR_TOKEN_INVALID",
      tokens(magic, "(", "type", "directory", "entry", "(", "name", "a", ")", ")"),
    ],
    "an entry of two nodes": [
      "NAR_TOKEN_INVALID",
      directory(["entry", "(", "name", "a", "node", ...file, "node", ...file, ")"]),
    ],
    "padding of a word that is not zero": ["NAR_PADDING_INVALID", damaged(regular, 8 + 13, 1)],
    "padding of a name that is not zero": [
      "NAR_PADDING_INVALID",
      damaged(tokens(magic, "(", "type", "directory", "entry", "(", "name", "a"), -1, 1),
    ],
    "padding of contents that is not zero": [
      "NAR_PADDING_INVALID",
      damaged(Buffer.concat([regular, encodeNarToken("x")]), -1, 1),
    ],
    "an empty name": ["NAR_NAME_INVALID", directory(entry(""))],
    "the name .": ["NAR_NAME_INVALID", directory(entry("."))],
    "the name ..": ["NAR_NAME_INVALID", directory(entry(".."))],
    "a name with a slash": ["NAR_NAME_INVALID", directory(entry("a/b"))],
    "an absolute name": ["NAR_NAME_INVALID", directory(entry("/etc"))],
    "a name with a NUL": ["NAR_NAME_INVALID", directory(entry("a\0b"))],
    "a name of 256 bytes": ["NAR_NAME_INVALID", directory(entry("n".repeat(256)))],
    "a name of 2^40 bytes": [
      "NAR_NAME_INVALID",
      Buffer.concat([tokens(magic, "(", "type", "directory", "entry", "(", "name"), length(2n ** 40n)]),
    ],
    "the same name twice": ["NAR_UNSORTED", directory(entry("a"), entry("a"))],
    "names out of order": ["NAR_UNSORTED", directory(entry("b"), entry("a"))],
    "names sorted by signed bytes": ["NAR_UNSORTED", directory(entry("\xe9"), entry("a"))],
    "names where a prefix comes later": ["NAR_UNSORTED", directory(entry("ab"), entry("a"))],
    "names out of order around a directory": [
      "NAR_UNSORTED",
      directory(entry("b", ["(", "type", "directory", ...entry("z"), ")"]), entry("b")),
    ],
    "1,025 directories in one another": ["NAR_TOO_DEEP", tooDeep],
    "an empty target": ["NAR_SYMLINK_INVALID", symlink("")],
    "a target with a NUL": ["NAR_SYMLINK_INVALID", symlink("a\0")],
    "a target of 4,096 bytes": ["NAR_SYMLINK_INVALID", symlink("t".repeat(4096))],
    "a file of 2^53 bytes": ["NAR_SIZE_INVALID", Buffer.concat([regular, length(2n ** 53n)])],
    "a file of 2^64 - 1 bytes": ["NAR_SIZE_INVALID", Buffer.concat([regular, length(2n ** 64n - 1n)])],
    "a byte after the end": ["NAR_TRAILING_DATA", Buffer.concat([directory(), Buffer.alloc(1)])],
    "two NARs": ["NAR_TRAILING_DATA", Buffer.concat([directory(), directory()])],
  };
  for (const [name, [code, nar]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      expect(await codeOf(() => parse(nar))).to.equal(code);
      expect(await codeOf(() => parse(nar, 1))).to.equal(code);
    });
  }

  it("names the offset of the fault", () => {
    const nar = directory(entry("b"), entry("a"));
    try {
      parse(nar, 3);
      expect.fail("accepted");
    } catch (error) {
      if (!isCatnixError(error, "NAR_UNSORTED")) throw error;
      expect(error.details.offset).to.equal(nar.lastIndexOf(encodeNarToken("a")));
    }
  });

  it("refuses everything after an error", async () => {
    const parser = new NarParser();
    const nar = directory();
    expect(await codeOf(() => parser.push(Buffer.alloc(64, 1)))).to.equal("NAR_TOKEN_INVALID");
    expect(await codeOf(() => parser.push(nar))).to.equal("NAR_TOKEN_INVALID");
    expect(await codeOf(() => parser.end())).to.equal("NAR_TOKEN_INVALID");
  });

  it("accepts after random damage only what is the NAR of some tree", () => {
    const damage = fc.array(fc.record({ at: fc.nat(), cut: fc.nat(16), put: fc.uint8Array({ maxLength: 16 }) }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(narTrees, damage, (tree, changes) => {
        let nar = encodeNar(tree);
        for (const { at, cut, put } of changes) {
          const start = at % nar.length;
          nar = Buffer.concat([nar.subarray(0, start), put, nar.subarray(start + cut)]);
        }
        try {
          expect(encodeNar(buildTree(parse(nar, 50)))).to.deep.equal(nar);
        } catch (error) {
          if (!isCatnixError(error)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
