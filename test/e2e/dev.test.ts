import { expect } from "chai";
import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCatnix, startDev } from "../../scripts/lab/catnix.js";
import { type LabFolder, makeLabFolder } from "./support/lab-folder.js";
import { listLeftBehind, listProcessesOf, listStayingProcessesOf } from "./support/left-behind.js";

const launcher = fileURLToPath(new URL("../../bin/catnix.js", import.meta.url));

/** How `catnix dev` starts and ends; what it serves is in the other tests. */
describe("e2e: catnix dev", function () {
  this.timeout(60_000);
  let folder: LabFolder;
  let dir: string;

  beforeEach(async () => {
    folder = await makeLabFolder("dev");
    dir = join(folder.path, "network");
  });
  afterEach(async () => {
    await folder.remove();
    expect(await listLeftBehind(folder.path)).to.deep.equal([]);
  });

  it("ends with its chain, by Ctrl-C and by kill -9, and starts again after both", async () => {
    const first = await startDev(dir);
    expect((await listProcessesOf(dir)).filter((name) => name.endsWith("/anvil"))).to.have.length(1);
    expect(await first.stop()).to.equal(0);
    expect(await listProcessesOf(dir)).to.deep.equal([]);

    const second = await startDev(dir);
    expect(second.network).to.deep.equal(first.network);
    await second.kill();
    expect(await listStayingProcessesOf(dir)).to.deep.equal([]);

    const third = await startDev(dir);
    expect(third.network).to.deep.equal(first.network);
    expect(await third.stop()).to.equal(0);
  });

  it("stops when the old Node that handed over to it is killed: their channel closes", async () => {
    const env = { ...process.env, CATNIX_LAUNCHED: "1" };
    const args = [launcher, "dev", "--dir", dir, "--port", "0", "--json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit", "ipc"], env });
    const exited = once(child, "exit");
    await once(child.stdout!, "data");
    child.disconnect();
    expect(await exited).to.deep.equal([0, null]);
    expect(await listProcessesOf(dir)).to.deep.equal([]);
  });

  it("says that a folder is in use, and leaves what runs there alone", async () => {
    const running = await startDev(dir);
    try {
      const { code, stderr } = await runCatnix(["dev", "--dir", dir, "--json"]);
      expect([code, codeOf(stderr)]).to.deep.equal([1, "DEV_FOLDER_IN_USE"]);
      expect((await fetch(`${running.network.relay}/health`)).status).to.equal(200);
    } finally {
      expect(await running.stop()).to.equal(0);
    }
  });

  it("says that the relay's port is in use, and ends the chain that it had started", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    try {
      const port = String((other.address() as AddressInfo).port);
      const { code, stderr } = await runCatnix(["dev", "--dir", dir, "--port", port, "--json"]);
      expect([code, codeOf(stderr)]).to.deep.equal([1, "RELAY_CANNOT_LISTEN"]);
      expect(await listProcessesOf(dir)).to.deep.equal([]);
    } finally {
      other.close();
    }
  });

  it("refuses a folder whose files are broken", async () => {
    const running = await startDev(dir);
    await running.stop();
    const good = await readFile(join(dir, "network.json"));
    const expectBroken = async (what: string) => {
      const { code, stderr } = await runCatnix(["dev", "--dir", dir, "--json"]);
      expect([what, code, codeOf(stderr)]).to.deep.equal([what, 1, "DEV_FOLDER_BROKEN"]);
      expect(await listProcessesOf(dir)).to.deep.equal([]);
    };
    for (const file of ["network.json", "chain.sqlite"]) {
      await writeFile(join(dir, "network.json"), good);
      await writeFile(join(dir, file), "neither JSON nor a database\n".repeat(100));
      await expectBroken(file);
    }
    await writeFile(join(dir, "network.json"), good);
    await rm(join(dir, "chain.sqlite"));
    await expectBroken("no chain");
    await writeFile(join(dir, "chain.json"), "{}");
    await expectBroken("the chain of an earlier version");
  });
});

/** The code of the error that `--json` prints. */
function codeOf(stderr: string): string {
  return (JSON.parse(stderr) as { error: { code: string } }).error.code;
}
