import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFileLock } from "../../src/files/with-file-lock.js";
import { codeOf } from "../support/code-of.js";
import { TSX } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("withFileLock", function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  beforeEach(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "new", "counter");
  });
  afterEach(() => folder.remove());

  const source = fileURLToPath(new URL("../../src/files/with-file-lock.ts", import.meta.url));
  const start = (script: string) =>
    spawn(process.execPath, [
      ...["--import", TSX, "--input-type=module", "--eval"],
      `import { readFile, writeFile } from "node:fs/promises";
       import { withFileLock } from ${JSON.stringify(source)};
       const file = ${JSON.stringify(file)};
       ${script}`,
    ]);

  it("lets one at a time through, of one process and of several", async () => {
    await mkdir(join(folder.path, "new"));
    await writeFile(file, "0");
    const script = `for (let i = 0; i < 50; i++) await withFileLock(file, async () => writeFile(file, String(Number(await readFile(file, "utf8")) + 1)));`;
    const others = [start(script), start(script)].map((child) => once(child, "exit"));
    const own = Array.from({ length: 50 }, () =>
      withFileLock(file, async () => writeFile(file, String(Number(await readFile(file, "utf8")) + 1))),
    );
    await Promise.all(own);
    expect((await Promise.all(others)).map(([code]) => code as number)).to.deep.equal([0, 0]);
    expect(await readFile(file, "utf8")).to.equal("150");
    expect(existsSync(`${file}.lock`)).to.equal(false);
  });

  it("goes on where one was killed under its lock", async () => {
    const killed = start(`await withFileLock(file, () => process.kill(process.pid, "SIGKILL"));`);
    await once(killed, "exit");
    expect(existsSync(`${file}.lock`)).to.equal(true);
    expect(await withFileLock(file, () => Promise.resolve("done"))).to.equal("done");
    expect(existsSync(`${file}.lock`)).to.equal(false);
  });

  it("ends with what the work throws, and keeps no lock then", async () => {
    expect(await codeOf(() => withFileLock("/proc/none/file", () => Promise.resolve()))).to.equal("FILE_UNWRITABLE");
    const fails = () => withFileLock(file, () => Promise.reject(new RangeError("no")));
    await fails().then(
      () => expect.fail("nothing was thrown"),
      (error: unknown) => expect(error).to.be.instanceOf(RangeError),
    );
    expect(existsSync(`${file}.lock`)).to.equal(false);
  });
});
