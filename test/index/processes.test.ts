import { expect } from "chai";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { lookupRow } from "../../src/cat/lookup.js";
import { IndexReader } from "../../src/index/index-reader.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { commitBatch, makeRecord, makeStorePath, testRegistry } from "../support/fill-index.js";
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

  it("is whole after kill -9 of its writer, and goes on", async () => {
    let last = 0;
    for (const batches of [1, 7, 20]) {
      const running = start("run-index-writer.ts", file);
      for (let i = 0; i < batches; i++) last = Number(await running.nextLine());
      const exited = once(running.child, "exit");
      running.child.kill("SIGKILL"); // in the middle of whatever it does now
      await exited;

      expect(integrityOf(file)).to.equal("ok");
      const index = new IndexReader(file, testRegistry, "/nix/store");
      try {
        const { seq, cat } = index.cursor()!;
        expect(seq).to.be.at.least(last); // what was reported is in
        expect(countOf(file, "batches")).to.equal(seq);
        expect(countOf(file, "rows")).to.equal(8 * seq);
        const { nixId } = parseStorePath(makeStorePath("hot-0"));
        expect(index.findMapping(nixId)?.row.seq).to.equal(seq);
        // The CAT's chunks are those of the cursor's root.
        const writer = new IndexWriter(file, testRegistry, "/nix/store");
        const row = await lookupRow(cat, nixId, (address) => Promise.resolve(writer.findChunk(address)!));
        writer.close();
        expect(row).to.deep.equal(index.findRow(nixId));
      } finally {
        index.close();
      }
    }
  });
});

function integrityOf(file: string): unknown {
  return read(file, "PRAGMA integrity_check")["integrity_check"];
}

function countOf(file: string, table: string): unknown {
  return read(file, `SELECT count(*) AS n FROM ${table}`)["n"];
}

function read(file: string, sql: string): Record<string, unknown> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(sql).get()!;
  } finally {
    database.close();
  }
}
