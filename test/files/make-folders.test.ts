import { expect } from "chai";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolders } from "../../src/files/make-folders.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("makeFolders", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => {
    folder = await makeTempFolder();
  });
  afterEach(() => folder.remove());
  const at = (...names: string[]) => join(folder.path, ...names);

  it("makes what is missing, through links too, and leaves what is there", async () => {
    makeFolders(at("a", "b", "c"));
    makeFolders(at("a", "b"));
    await symlink("a", at("link"));
    makeFolders(at("link", "b", "d"));
    expect((await readdir(at("a", "b"))).sort()).to.deep.equal(["c", "d"]);
  });

  it("fails where a file or a link to nothing is in the way", async () => {
    await mkdir(at("a"));
    await writeFile(at("a", "file"), "x");
    await symlink("nowhere", at("a", "link"));
    expect(() => makeFolders(at("a", "file"))).to.throw("ENOTDIR");
    expect(() => makeFolders(at("a", "file", "below"))).to.throw("ENOTDIR");
    expect(() => makeFolders(at("a", "link"))).to.throw("ENOENT");
    expect(() => makeFolders(at("a", "link", "below"))).to.throw("ENOENT");
    expect((await readdir(at("a"))).sort()).to.deep.equal(["file", "link"]);
  });

  it("comes back where no folder can be made, as below /proc", () => {
    expect(() => makeFolders("/proc/catnix/below")).to.throw("ENOENT");
    expect(() => makeFolders("/proc/self/catnix/below")).to.throw("ENOENT");
  });
});
