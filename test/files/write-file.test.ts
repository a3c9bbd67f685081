import { expect } from "chai";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileWhole } from "../../src/files/write-file.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("writeFileWhole", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => {
    folder = await makeTempFolder();
  });
  afterEach(() => folder.remove());
  const at = (...names: string[]) => join(folder.path, ...names);

  it("writes text and bytes, in folders that it makes, and leaves nothing else", async () => {
    await writeFileWhole(at("a", "b", "file"), "ä\n");
    expect(await readFile(at("a", "b", "file"), "utf8")).to.equal("ä\n");
    const bytes = Uint8Array.of(9, 0, 255, 10, 9).subarray(1, 4);
    await writeFileWhole(at("a", "b", "file"), bytes);
    expect(new Uint8Array(await readFile(at("a", "b", "file")))).to.deep.equal(new Uint8Array(bytes));
    expect(await readdir(at("a", "b"))).to.deep.equal(["file"]);
  });

  it("gives the file its mode, whatever an older one had", async () => {
    const mode = async () => ((await stat(at("file"))).mode & 0o777).toString(8);
    await writeFileWhole(at("file"), "x");
    expect(await mode()).to.equal("644");
    await chmod(at("file"), 0o666);
    await writeFileWhole(at("file"), "y", 0o600);
    expect(await mode()).to.equal("600");
  });

  it("leaves the old file where it fails, and nothing beside it", async () => {
    // A name that leaves no room for that of the temporary file: the way to fail that works for root as well.
    const file = at("n".repeat(250));
    await writeFile(file, "old");
    expect(await codeOf(() => writeFileWhole(file, "new"))).to.equal("FILE_UNWRITABLE");
    expect(await readFile(file, "utf8")).to.equal("old");
    expect(await readdir(folder.path)).to.have.length(1);
  });

  it("fails with a code where a folder has the name, or a file that of the folder, and cleans up", async () => {
    await mkdir(at("folder", "inside"), { recursive: true });
    expect(await codeOf(() => writeFileWhole(at("folder"), "x"))).to.equal("FILE_UNWRITABLE");
    expect(await readdir(folder.path)).to.deep.equal(["folder"]);
    await writeFile(at("file"), "x");
    expect(await codeOf(() => writeFileWhole(at("file", "below"), "x"))).to.equal("FILE_UNWRITABLE");
    for (const place of ["/dev/null/below", "/proc/catnix/below/file"])
      expect(await codeOf(() => writeFileWhole(place, "x"))).to.equal("FILE_UNWRITABLE");
  });

  it("shows readers the old content or the new, never a part", async () => {
    const contents = ["a", "b"].map((letter) => letter.repeat(300_000));
    await writeFileWhole(at("file"), contents[0]!);
    const writer = (async () => {
      for (let i = 0; i < 20; i++) await writeFileWhole(at("file"), contents[i % 2]!);
      return "written" as const;
    })();
    while ((await Promise.race([writer, readFile(at("file"), "utf8")])) !== "written")
      expect(await readFile(at("file"), "utf8")).to.be.oneOf(contents);
  });
});
