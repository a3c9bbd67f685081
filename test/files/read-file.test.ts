import { expect } from "chai";
import { execFile, execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readTextFile } from "../../src/files/read-file.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("readTextFile", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  before(async () => {
    folder = await makeTempFolder();
  });
  after(() => folder.remove());

  const write = async (content: string | Uint8Array) => {
    const file = join(folder.path, "file");
    await writeFile(file, content);
    return file;
  };

  it("reads text, however long, up to what is allowed", async () => {
    for (const text of ["", "x", "äöü ☃ 🙂\n", "a".repeat(200_000)])
      expect(await readTextFile(await write(text), 200_000)).to.equal(text);
    expect(await readTextFile(await write("\ufeffx"), 9)).to.equal("x");
  });

  it("refuses one byte more", async () => {
    const file = await write("ä".repeat(50));
    expect(await readTextFile(file, 100)).to.have.length(50);
    expect(await codeOf(() => readTextFile(file, 99))).to.equal("FILE_UNREADABLE");
    expect(await codeOf(() => readTextFile(file, 0))).to.equal("FILE_UNREADABLE");
  });

  it("refuses what is no UTF-8, what is not there, and what is no file", async () => {
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]])
      expect(await codeOf(async () => readTextFile(await write(Uint8Array.from(bytes)), 9))).to.equal(
        "FILE_UNREADABLE",
      );
    for (const file of [join(folder.path, "none"), folder.path, "", `${folder.path}\0`])
      expect(await codeOf(() => readTextFile(file, 9))).to.equal("FILE_UNREADABLE");
  });

  it("does not read a device without end", async () => {
    expect(await codeOf(() => readTextFile("/dev/zero", 1 << 20))).to.equal("FILE_UNREADABLE");
  });

  it("reads a pipe", async () => {
    const pipe = join(folder.path, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const limit of [100, 5]) {
      const writer = execFile("sh", ["-c", `printf 'from a pipe' > "$0"`, pipe]);
      const ended = new Promise((resolve) => writer.once("exit", resolve));
      if (limit === 100) expect(await readTextFile(pipe, limit)).to.equal("from a pipe");
      else expect(await codeOf(() => readTextFile(pipe, limit))).to.equal("FILE_UNREADABLE");
      await ended;
    }
  });
});
