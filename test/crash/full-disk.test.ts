import { expect } from "chai";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDevChain } from "../../src/cli/dev/dev-chain.js";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { NO_PACK } from "../../src/cat/batch.js";
import { writeBatchFile } from "../../src/consortium/batch-file.js";
import { toHex } from "../../src/encoding/hex.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import { openKeystore } from "../../src/keys/keystore.js";
import { Journal } from "../../src/publisher/journal.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { cliCommand, errorCodeOf, runCli } from "../cli/support/run-cli.js";
import { checkChunks } from "../support/check-chunks.js";
import { useChecked } from "../support/check-database.js";
import { codeOf } from "../support/code-of.js";
import { commitBatch, makeRecord, testRegistry } from "../support/fill-index.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.js";
import { startCommand } from "../support/start-program.js";
import { startNode } from "../support/start-node.js";

const MIB = 1 << 20;

/** A real disk without room, a small one; skipped where this user may not mount one, but never under `CI=true`. */
describe("a full disk", function () {
  this.timeout(60_000);
  let disk: SmallDisk;
  beforeEach(async function () {
    disk = await mountSmallDisk(this, 8 * MIB);
  });
  afterEach(() => disk.remove());
  const at = (...names: string[]) => join(disk.path, ...names);

  it("stops the chain of catnix dev from taking what it could not keep", async () => {
    const options = { journalFile: at("chain.sqlite"), port: 0, chainId: 31_337 };
    let chain = await startDevChain(options);
    const ask = async (method: string, ...params: unknown[]) => {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const response = await fetch(chain.rpcUrl, { method: "POST", body });
      return (await response.json()) as { result?: unknown; error?: { data?: { code: string } } };
    };
    try {
      const [from] = (await ask("eth_accounts")).result as string[];
      const send = (bytes: number) => ask("eth_sendTransaction", { from, to: from, data: `0x${"00".repeat(bytes)}` });
      expect((await send(10)).result).to.be.a("string");
      disk.fill();
      const full = await send(20_000);
      expect(full.error?.data?.code).to.equal("DISK_FULL");
      expect((await ask("eth_blockNumber")).result).to.equal("0x1");
      expect((await ask("txpool_status")).result).to.deep.equal({ pending: "0x0", queued: "0x0" });
      disk.makeRoom();
      expect((await send(20_000)).result).to.be.a("string");
      const latest = (await ask("eth_getBlockByNumber", "latest", false)).result;
      await chain.close();
      chain = await startDevChain(options);
      expect((await ask("eth_getBlockByNumber", "latest", false)).result).to.deep.equal(latest);
    } finally {
      await chain.close();
    }
  });

  it("keeps catnix dev from starting, and a new start goes on", async () => {
    const args = ["dev", "--dir", at("network"), "--port", "0", "--json"];
    for (const left of [0, 40_000, 150_000]) {
      disk.fill(left);
      const { code, stderr } = await runCli(args);
      expect([left, code]).to.deep.equal([left, 1]);
      // Which of its files the disk is too small for depends on the room that was left.
      expect(lastCodeOf(stderr)).to.be.oneOf(["DISK_FULL", "SWARM_NODE_FULL"]);
    }
    disk.makeRoom();
    const dev = startCommand(...cliCommand(args));
    try {
      expect(await dev.nextLine()).to.match(/^{"dir":/);
    } finally {
      await dev.kill();
    }
  });

  it("makes the embedded node refuse an upload (507), with all that it had", async () => {
    const node = await startNode({ file: at("chunks.db") });
    try {
      const store = new BeeStore({ url: node.url, batchId: "0".repeat(64), retries: 0 });
      const [kept, large] = [pseudoRandomBytes(MIB, 1), pseudoRandomBytes(3 * MIB, 2)];
      const { address } = await store.write(kept);
      disk.fill(MIB);
      expect(await codeOf(() => store.write(large))).to.equal("SWARM_NODE_FULL");
      expect(await store.has(toHex(fileAddress(large)))).to.equal(false);
      expect(Buffer.compare(await store.readAll(address, 2 * MIB), kept)).to.equal(0);
      disk.makeRoom();
      await store.write(pseudoRandomBytes(MIB, 3));
    } finally {
      await node.close();
    }
    checkChunks(at("chunks.db"));
  });

  it("stops the index between two batches", async () => {
    const writer = new IndexWriter(at("index.db"), testRegistry, "/nix/store");
    const batch = (n: number) => Array.from({ length: 50 }, (_, of) => makeRecord(`p-${n}-${of}`, Buffer.from(`${n}`)));
    await commitBatch(writer, ...batch(1));
    disk.fill();
    expect(await codeOf(() => commitBatch(writer, ...batch(2)))).to.equal("DISK_FULL");
    expect([writer.cursor()?.seq, writer.countMappings()]).to.deep.equal([1, 50]);
    disk.makeRoom();
    expect(await commitBatch(writer, ...batch(2))).to.equal(2);
    writer.close();
    useChecked(at("index.db"), () => undefined);
  });

  it("loses nothing of the publisher's journal", async () => {
    const key = (n: number) => ({
      nixId: new Uint8Array(20).fill(n),
      narHash: new Uint8Array(32),
      format: "stable-zstd/1-9",
    });
    const text = "x".repeat(20_000);
    const journal = new Journal(at("publisher.sqlite"));
    await journal.keep(key(1), text, "0".repeat(64));
    disk.fill();
    expect(await codeOf(() => journal.keep(key(2), text, "0".repeat(64)))).to.equal("DISK_FULL");
    disk.makeRoom();
    await journal.keep(key(2), text, "0".repeat(64));
    journal.close();
    useChecked(at("publisher.sqlite"), (database) => {
      expect(database.prepare("SELECT count(*) AS n FROM uploads").get()).to.deep.include({ n: 2 });
    });
  });

  it("leaves no half of a batch file, a key or a database", async () => {
    await writeFile(at("password"), "secret\n", { mode: 0o600 });
    disk.fill();
    const before = await readdir(disk.path);
    const zero = "0".repeat(64);
    const fields = { seq: 1, parent: `0x${zero}`, root: zero, depth: 0, delta: zero, rows: 1, pack: NO_PACK };
    const batch = { ...fields, deadline: 4_000_000_000 };
    const write = () => writeBatchFile(at("batch.json"), { registry: testRegistry, batch, approvals: [] });
    expect(await codeOf(write)).to.equal("DISK_FULL");
    const create = () =>
      runCli(["key", "create", "--out", at("key.json"), "--password-file", at("password"), "--json"]);
    const result = await create();
    expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "DISK_FULL"]);
    expect(await readdir(disk.path)).to.deep.equal(before);
    expect(await codeOf(() => new Journal(at("new.sqlite")))).to.equal("DISK_FULL");
    disk.makeRoom();
    await write();
    expect((await create()).code).to.equal(0);
    expect((await openKeystore(at("key.json"), "secret")).address).to.match(/^0x/);
    new Journal(at("new.sqlite")).close();
  });

  it("leaves an index behind for a while, which says so and catches up", async () => {
    const world: RegistryWorld = await startRegistryWorld();
    const index = new IndexWriter(at("index.db"), world.registry.id, "/nix/store");
    try {
      const indexer = await world.makeIndexer({ index });
      const publish = (n: number) =>
        publishBatch(world, ...Array.from({ length: 40 }, (_, of) => makeRecord(`w-${n}-${of}`, Buffer.from("w"))));
      await publish(1);
      await indexer.step();
      await publish(2);
      disk.fill();
      expect(await codeOf(() => indexer.step())).to.equal("DISK_FULL");
      expect(indexer.health().stale).to.include("DISK_FULL");
      expect(index.cursor()?.seq).to.equal(1);
      disk.makeRoom();
      await indexer.step();
      expect([index.cursor()?.seq, indexer.health().stale]).to.deep.equal([2, undefined]);
    } finally {
      index.close();
      await world.close();
    }
  });
});

/** The code of the error, after lines of a log. */
function lastCodeOf(stderr: string): string {
  return errorCodeOf({ stdout: "", code: 1, stderr: stderr.trim().split("\n").at(-1)! });
}
