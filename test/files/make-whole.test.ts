import { expect } from "chai";
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeWhole } from "../../src/files/make-whole.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("makeWhole", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => {
    folder = await makeTempFolder();
  });
  afterEach(() => folder.remove());
  const at = (...names: string[]) => join(folder.path, ...names);

  it("moves a file, a link or a folder to its name, in folders that it makes, and leaves nothing else", async () => {
    await makeWhole(at("a", "file"), (partial) => writeFile(partial, "x", { mode: 0o444 }));
    expect(await readFile(at("a", "file"), "utf8")).to.equal("x");
    expect((await stat(at("a", "file"))).nlink).to.equal(1);
    await makeWhole(at("a", "link"), (partial) => symlink("nowhere", partial));
    expect(await readlink(at("a", "link"))).to.equal("nowhere");
    await makeWhole(at("a", "folder"), async (partial) => {
      await mkdir(partial);
      await writeFile(join(partial, "inside"), "y");
    });
    expect(await readFile(at("a", "folder", "inside"), "utf8")).to.equal("y");
    expect((await readdir(at("a"))).sort()).to.deep.equal(["file", "folder", "link"]);
  });

  it("removes what was made where making fails, read-only folders too, and passes the error on", async () => {
    const failure = new Error("no more");
    const error: unknown = await makeWhole(at("out"), async (partial) => {
      await mkdir(partial);
      await writeFile(join(partial, "inside"), "y");
      await chmod(partial, 0o555);
      throw failure;
    }).catch((thrown: unknown) => thrown);
    expect(error).to.equal(failure);
    expect(await readdir(folder.path)).to.deep.equal([]);
  });

  it("refuses a name that is taken, be it by a link to nothing, before anything is made", async () => {
    await writeFile(at("file"), "mine");
    await symlink("nowhere", at("link"));
    for (const name of ["file", "link"])
      expect(await codeOf(() => makeWhole(at(name), () => Promise.reject(new Error("made"))))).to.equal("FILE_EXISTS");
  });

  it("takes an empty name for the folder it is run in: a variable that was not set replaces nothing", async () => {
    const before = process.cwd();
    process.chdir(folder.path);
    try {
      expect(await codeOf(() => makeWhole("", (partial) => mkdir(partial)))).to.equal("FILE_EXISTS");
    } finally {
      process.chdir(before);
    }
  });

  it("replaces nothing that came to be meanwhile", async () => {
    for (const kind of ["file", "folder"]) {
      const make = async (path: string) =>
        kind === "file" ? writeFile(path, "theirs") : mkdir(path).then(() => writeFile(join(path, "x"), ""));
      const race = makeWhole(at(kind), async (partial) => {
        await make(partial);
        await make(at(kind));
      });
      expect(await codeOf(() => race)).to.equal("FILE_EXISTS");
    }
    expect((await readdir(folder.path)).sort()).to.deep.equal(["file", "folder"]);
  });

  it("fails with a code where the folder cannot be", async () => {
    await writeFile(at("file"), "x");
    for (const target of [at("file", "below"), "/dev/null/below", "/proc/catnix/below/out"])
      expect(await codeOf(() => makeWhole(target, () => Promise.resolve()))).to.equal("FILE_UNWRITABLE");
  });
});
