import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import fc from "fast-check";
import { encodeNarToken } from "../../src/nix/nar-token.js";

/** A file tree in memory. Names are latin1 strings, so that each character is one byte. */
export type NarTree =
  | { type: "regular"; executable: boolean; contents: Buffer }
  | { type: "symlink"; target: string }
  | { type: "directory"; entries: [name: string, node: NarTree][] };

const isName = (name: string) => name !== "." && name !== ".." && !/[/\0]/.test(name);
const byte = fc.nat(255).map((code) => String.fromCharCode(code));
/** A character's UTF-8. */
const character = fc
  .string({ unit: "binary", minLength: 1, maxLength: 1 })
  .map((text) => Buffer.from(text).toString("latin1"));
const contents = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));

function makeTrees(unit: fc.Arbitrary<string>): fc.Arbitrary<NarTree> {
  const name = fc.string({ unit, minLength: 1, maxLength: 20 }).filter(isName);
  const target = fc.string({ unit, minLength: 1, maxLength: 40 }).filter((text) => !text.includes("\0"));
  return fc.letrec<{ node: NarTree }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.record({ type: fc.constant("regular" as const), executable: fc.boolean(), contents }),
      fc.record({ type: fc.constant("symlink" as const), target }),
      fc.record({
        type: fc.constant("directory" as const),
        entries: fc
          .uniqueArray(fc.tuple(name, tie("node")), { selector: ([name]) => name, maxLength: 5 })
          .map((entries) => entries.sort(([a], [b]) => (a < b ? -1 : 1))),
      }),
    ),
  })).node;
}

/** Random trees, up to four deep. */
export const narTrees = makeTrees(byte);

/** The same with names and targets that are UTF-8 (each byte a latin1 character). */
export const utf8NarTrees = makeTrees(character);

/** The NAR of a tree by the plainest reading of the format, as a check of the streaming writer and parser. */
export function encodeNar(tree: NarTree): Buffer {
  return Buffer.concat([encodeNarToken("nix-archive-1"), encodeNode(tree)]);
}

/** Some tokens one after the other; texts as latin1. */
export function encodeNarTokens(...parts: string[]): Buffer {
  return Buffer.concat(parts.map((part) => encodeNarToken(part)));
}

function encodeNode(node: NarTree): Buffer {
  const inner =
    node.type === "symlink"
      ? encodeNarTokens("target", node.target)
      : node.type === "regular"
        ? Buffer.concat([
            encodeNarTokens(...(node.executable ? ["executable", ""] : []), "contents"),
            encodeNarToken(node.contents),
          ])
        : Buffer.concat(
            node.entries.map(([name, child]) =>
              Buffer.concat([
                encodeNarTokens("entry", "(", "name", name, "node"),
                encodeNode(child),
                encodeNarTokens(")"),
              ]),
            ),
          );
  return Buffer.concat([encodeNarTokens("(", "type", node.type), inner, encodeNarTokens(")")]);
}

/** Makes a tree on disk at `path`, which must not exist. */
export function makeTree(path: Buffer, node: NarTree): void {
  if (node.type === "regular") {
    writeFileSync(path, node.contents);
    chmodSync(path, node.executable ? 0o755 : 0o644);
  } else if (node.type === "symlink") {
    symlinkSync(Buffer.from(node.target, "latin1"), path);
  } else {
    mkdirSync(path);
    for (const [name, child] of node.entries) makeTree(joinBytes(path, name), child);
  }
}

/** Reads a tree from disk. */
export function readTree(path: Buffer): NarTree {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return { type: "symlink", target: readlinkSync(path, "buffer").toString("latin1") };
  if (stat.isFile()) {
    return { type: "regular", executable: (stat.mode & 0o100) !== 0, contents: readFileSync(path) };
  }
  const names = readdirSync(path, "buffer").map((name) => name.toString("latin1"));
  const entries = names.sort().map((name): [string, NarTree] => [name, readTree(joinBytes(path, name))]);
  return { type: "directory", entries };
}

function joinBytes(path: Buffer, name: string): Buffer {
  return Buffer.concat([path, Buffer.from(`/${name}`, "latin1")]);
}
