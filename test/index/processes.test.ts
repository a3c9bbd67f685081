import { expect } from "chai";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { IndexWriter } from "../../src/index/index-writer.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { commitBatch, makeRecord, testRegistry } from "../support/fill-index.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("index, by several processes", function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "index.db");
  });
  afterEach(async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    child = undefined;
    await folder.remove();
  });

  /** Starts one of test/support's programs, and reads its output line by line. */
  function start(name: string, ...args: string[]) {
    const program = join(import.meta.dirname, "../support", name);
    child = spawn(process.execPath, ["--import", "tsx", program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    return { child, nextLine: async () => String((await lines.next()).value) };
  }

  it("shows two readers of another process every change, and its version", async () => {
    const writer = new IndexWriter(file, testRegistry, "/nix/store");
    try {
      const record = makeRecord("hello-1", Buffer.from("one"));
      const { hashPart } = parseStorePath(record.storePath);
      const readers = start("run-index-readers.ts", file, hashPart);
      const versions: string[] = [];
      const expectBoth = async (seq: number | null, mapping: number | null) => {
        readers.child.stdin!.write("\n");
        const seen = JSON.parse(await readers.nextLine()) as { seq: number; mapping: number; version: string }[];
        expect(seen.map((one) => [one.seq, one.mapping])).to.deep.equal([
          [seq, mapping],
          [seq, mapping],
        ]);
        versions.push(seen.map(({ version }) => version).join());
      };
      await expectBoth(null, null);
      await commitBatch(writer, record);
      await expectBoth(1, 1);
      writer.replacePendingWithdrawals([{ alarm: 1, target: { seq: 1 }, reason: "" }]);
      await expectBoth(1, null);
      writer.replacePendingWithdrawals([]);
      await commitBatch(writer, record);
      await expectBoth(2, 2);
      expect(new Set(versions).size).to.equal(versions.length);
      await expectBoth(2, 2);
      expect(versions.at(-1)).to.equal(versions.at(-2));
    } finally {
      writer.close();
    }
  });
});
