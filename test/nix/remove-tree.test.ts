import {
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
  chmodSync,
  readdirSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { removeTree } from "../../src/nix/remove-tree.js";
import { startProgram } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";

const script = fileURLToPath(new URL("support/run-remove-tree.ts", import.meta.url));

describe("nix/remove-tree", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let tree: string;
  beforeEach(async () => {
    folder = await makeTempFolder();
    tree = join(folder.path, "tree");
  });
  afterEach(() => folder.remove());

  it("removes what is read-only, and names that are not UTF-8", () => {
    mkdirSync(join(tree, "a/b"), { recursive: true });
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/a/`), Buffer.of(0xff, 0xfe)]), "x");
    for (const name of ["a/b", "a", ""]) chmodSync(join(tree, name), 0o555);
    removeTree(tree);
    expect(existsSync(tree)).to.equal(false);
  });

  it("follows no symlink, and takes one for itself", () => {
    const kept = join(folder.path, "kept");
    mkdirSync(kept);
    writeFileSync(join(kept, "file"), "x");
    mkdirSync(tree);
    symlinkSync(kept, join(tree, "link"));
    removeTree(tree);
    symlinkSync(kept, tree);
    removeTree(tree);
    expect(readdirSync(folder.path)).to.deep.equal(["kept"]);
    expect(readdirSync(kept)).to.deep.equal(["file"]);
  });

  it("ends well where several remove a tree at once", async function () {
    this.timeout(60_000);
    for (let at = 0; at < 40; at++) {
      mkdirSync(join(tree, `${at}/inner`), { recursive: true });
      for (let file = 0; file < 50; file++) writeFileSync(join(tree, `${at}/inner/${file}`), "x");
    }
    const start = join(folder.path, "start");
    const removing = [1, 2, 3].map(() => startProgram(script, [tree, start]));
    for (const program of removing) expect(await program.nextLine()).to.equal("ready");
    writeFileSync(start, "");
    for (const program of removing) expect(await program.nextLine()).to.equal("removed");
    expect(existsSync(tree)).to.equal(false);
  });

  it("removes a tree that is deeper than a path may be long", () => {
    // From the inside to the outside: nothing else has so long a path either.
    const name = "d".repeat(200);
    mkdirSync(tree);
    writeFileSync(join(tree, "file"), "x");
    for (let depth = 0; depth < 60; depth++) {
      const outer = join(folder.path, "outer");
      mkdirSync(join(outer, "moved-beside"), { recursive: true });
      renameSync(tree, join(outer, name));
      renameSync(outer, tree);
    }
    removeTree(tree);
    expect(readdirSync(folder.path)).to.deep.equal([]);
  });

  it("does nothing where there is nothing, and removes a file", () => {
    removeTree(tree);
    writeFileSync(tree, "x");
    removeTree(tree);
    expect(lstatSync(tree, { throwIfNoEntry: false })).to.equal(undefined);
  });
});
