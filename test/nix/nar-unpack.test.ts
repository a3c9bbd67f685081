import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { unpackNar } from "../../src/nix/nar-unpack.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { codeOf } from "../support/code-of.js";
import { encodeNar, encodeNarTokens, narTrees, readTree, type NarTree } from "../support/nar-tree.js";
import { readNixVectorBytes } from "../support/nix-vector.js";
import { splitBytes } from "../support/split-bytes.js";
import { makeTempFolder } from "../support/temp-folder.js";

const regular = (text: string, executable = false): NarTree => ({
  type: "regular",
  executable,
  contents: Buffer.from(text),
});

describe("unpackNar", () => {
  let folder: string;
  let target: string;
  beforeEach(async () => {
    folder = (await makeTempFolder()).path;
    target = join(folder, "target");
  });
  afterEach(() => removeTree(folder));

  it("makes any tree, names in any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(narTrees, fc.integer({ min: 1, max: 300 }), async (tree, pieceSize) => {
        removeTree(target);
        await unpackNar(splitBytes(encodeNar(tree), pieceSize), target);
        expect(readTree(Buffer.from(target))).to.deep.equal(tree);
      }),
    );
  });

  it("sets modes and times as a Nix store has them", async () => {
    const entries: [string, NarTree][] = [
      ["directory", { type: "directory", entries: [] }],
      ["link", { type: "symlink", target: "file" }],
      ["program", regular("x", true)],
      ["file", regular("x")],
    ];
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    await unpackNar(splitBytes(encodeNar({ type: "directory", entries }), 1000), target);
    const modes = { "": 0o555, directory: 0o555, file: 0o444, program: 0o555 };
    for (const [name, mode] of Object.entries(modes)) {
      expect(lstatSync(join(target, name)).mode & 0o7777, name).to.equal(mode);
    }
    for (const name of ["", ...entries.map(([name]) => name)]) {
      expect(lstatSync(join(target, name)).mtimeMs, name).to.equal(1000);
    }
  });

  it("writes large files whole", async () => {
    const contents = Buffer.alloc(3_000_001, "large ");
    await unpackNar(splitBytes(encodeNar({ type: "regular", executable: false, contents }), 200_000), target);
    expect(readFileSync(target).equals(contents)).to.be.true;
  });

  const taken: Record<string, () => void> = {
    "a file": () => writeFileSync(target, "mine"),
    "an empty directory": () => mkdirSync(target),
    "a symlink that leads nowhere": () => symlinkSync(join(folder, "elsewhere"), target),
  };
  for (const [name, make] of Object.entries(taken)) {
    it(`leaves ${name} at its target alone`, async () => {
      make();
      const before = readTree(Buffer.from(folder));
      for (const tree of [
        regular("x"),
        { type: "directory", entries: [] },
        { type: "symlink", target: "x" },
      ] as NarTree[]) {
        expect(await codeOf(() => unpackNar(splitBytes(encodeNar(tree), 100), target))).to.equal("NAR_UNPACK_FAILED");
        expect(readTree(Buffer.from(folder))).to.deep.equal(before);
      }
    });
  }

  it("does not write through a symlink of the NAR, however it is asked to", async () => {
    mkdirSync(join(folder, "outside"));
    const link = ["(", "type", "symlink", "target", join(folder, "outside"), ")"];
    const evil = [
      "(",
      "type",
      "directory",
      "entry",
      "(",
      "name",
      "evil",
      "node",
      "(",
      "type",
      "regular",
      "contents",
      "",
      ")",
      ")",
      ")",
    ];
    for (const second of ["a", "a/evil", "..", "."]) {
      const entries = [
        ["a", link],
        [second, evil],
      ] as [string, string[]][];
      const nar = encodeNarTokens(
        ...["nix-archive-1", "(", "type", "directory"],
        ...entries.flatMap(([name, node]) => ["entry", "(", "name", name, "node", ...node, ")"]),
        ")",
      );
      expect(await codeOf(() => unpackNar(splitBytes(nar, 100), target))).to.match(/^NAR_(UNSORTED|NAME_INVALID)$/);
      expect(readdirSync(folder)).to.deep.equal(["outside"]);
      expect(readdirSync(join(folder, "outside"))).to.deep.equal([]);
    }
  });

  it("removes what it made where it fails, read-only directories too", async () => {
    const nar = readNixVectorBytes("tree.nar");
    for (let end = 0; end < nar.length; end += 157) {
      expect(await codeOf(() => unpackNar(splitBytes(nar.subarray(0, end), 500), target))).to.equal("NAR_TRUNCATED");
      expect(existsSync(target)).to.be.false;
    }
  });

  it("passes the error of its source on, and the reason of its signal", async () => {
    const fault = new Error("line cut");
    async function* cut() {
      yield* splitBytes(readNixVectorBytes("tree.nar").subarray(0, 1000), 100);
      throw fault;
    }
    const controller = new AbortController();
    async function* aborting() {
      for await (const piece of splitBytes(readNixVectorBytes("tree.nar"), 1000)) {
        yield piece;
        controller.abort(fault);
      }
    }
    const { signal } = controller;
    for (const run of [() => unpackNar(cut(), target), () => unpackNar(aborting(), target, { signal })]) {
      const error: unknown = await run().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).to.equal(fault);
      expect(existsSync(target)).to.be.false;
    }
  });

  it("fails where the folder of its target is missing", async () => {
    const run = () => unpackNar(splitBytes(encodeNar(regular("x")), 100), join(folder, "absent/target"));
    expect(await codeOf(run)).to.equal("NAR_UNPACK_FAILED");
  });
});
