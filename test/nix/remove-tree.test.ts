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
import { expect } from "chai";
import { removeTree } from "../../src/nix/remove-tree.js";
import { makeTempFolder } from "../support/temp-folder.js";

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
