import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { writeNewFile, writeStreamWhole } from "../../src/files/write-stream.js";
import { codeOf } from "../support/code-of.js";
import { splitBytes } from "../support/split-bytes.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("a stream to a file", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => (folder = await makeTempFolder()));
  afterEach(() => folder.remove());

  it("is written whole, over what is there, in folders that are made", async () => {
    const file = join(folder.path, "a", "b");
    for (const text of ["first", "", "second"]) {
      await writeStreamWhole(file, splitBytes(Buffer.from(text), 2));
      expect(readFileSync(file, "utf8")).to.equal(text);
    }
    expect(readdirSync(join(folder.path, "a"))).to.deep.equal(["b"]);
  });

  it("changes nothing where the stream fails", async () => {
    const file = join(folder.path, "a");
    writeFileSync(file, "before");
    const reason = new Error("cut");
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield* splitBytes(Buffer.from("beginning"), 3);
      throw reason;
    }
    expect(await writeStreamWhole(file, cut()).catch((error: unknown) => error)).to.equal(reason);
    expect(readFileSync(file, "utf8")).to.equal("before");
    expect(readdirSync(folder.path)).to.deep.equal(["a"]);
  });

  it("begins a new file only, and ends with the signal", async () => {
    const file = join(folder.path, "a");
    await writeNewFile(file, splitBytes(Buffer.from("all of it"), 2));
    expect(readFileSync(file, "utf8")).to.equal("all of it");
    expect(await codeOf(() => writeNewFile(file, splitBytes(Buffer.from("other"), 2)))).to.equal("FILE_UNWRITABLE");
    const signal = AbortSignal.abort(new Error("enough"));
    const ended = writeNewFile(join(folder.path, "b"), splitBytes(Buffer.from("x"), 1), { signal });
    expect(await ended.catch((error: unknown) => error)).to.equal(signal.reason);
    expect(readFileSync(file, "utf8")).to.equal("all of it");
  });

  it("is refused where it cannot be written", async () => {
    writeFileSync(join(folder.path, "file"), "");
    const write = (file: string) => codeOf(() => writeStreamWhole(file, splitBytes(Buffer.from("x"), 1)));
    expect(await write(join(folder.path, "file", "below"))).to.equal("FILE_UNWRITABLE");
    expect(await write(folder.path)).to.equal("FILE_UNWRITABLE");
  });
});
