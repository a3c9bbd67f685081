import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { readRows } from "../../src/cat/lookup.js";
import { makeRecord } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";

const BATCHES = 40;
const PROGRAM = join(import.meta.dirname, "../support/run-indexer.ts");

describe("indexer, killed", function () {
  this.timeout(120_000);
  let world: RegistryWorld;

  before(async () => {
    world = await startRegistryWorld();
    for (let at = 0; at < BATCHES; at++) {
      const names = [`hot-${at % 3}`, `cold-${at}-1`, `cold-${at}-2`, `cold-${at}-3`];
      await publishBatch(world, ...names.map((name) => makeRecord(name, Buffer.from(`${name} of ${at}`))));
    }
    world.index.close();
  });
  after(() => world.close());

  /** Kills an indexer some time after so many batches came in. */
  async function runFor({ batches, milliseconds }: { batches: number; milliseconds: number }): Promise<void> {
    const { rpcUrl, registry, deploymentBlock, swarmProxy, indexFile } = world;
    const { chainId, registry: address } = registry.id;
    const args = [rpcUrl, String(chainId), address, String(deploymentBlock), swarmProxy.url, indexFile];
    const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      for (let at = 0; at < batches; at++) await lines.next();
      await sleep(milliseconds);
    } finally {
      child.kill("SIGKILL");
      await exited;
    }
  }

  for (const seed of [1, 2, 3, 4, 5])
    it(`is whole wherever kill -9 hits it, and goes on (seed ${seed})`, async () => {
      const random = pseudoRandom(seed);
      world.reopenIndex().close();
      emptyIndex();
      let last = 0;
      for (let kills = 0; kills < 3; kills++) {
        await runFor({ batches: 1 + Math.floor(random() * 6), milliseconds: Math.floor(random() * 30) });
        const index = world.reopenIndex();
        const cursor = index.cursor();
        expect(cursor?.seq).to.be.greaterThan(last); // what was in stays in
        last = cursor!.seq;
        expect(countOf("batches")).to.equal(last);
        expect(countOf("rows")).to.equal(4 * last);
        await expectCat();
        index.close();
      }
      const index = world.reopenIndex();
      await (await world.makeIndexer()).step();
      const { head, seq, cat } = await world.registry.state();
      expect(index.cursor()).to.include({ head, seq }).and.deep.include({ cat });
      expect(index.countMappings()).to.equal(3 * BATCHES + 3);
      await expectCat();
    });

  /** The rows are those of the CAT at the cursor's root. */
  async function expectCat(): Promise<void> {
    const cursor = world.index.cursor();
    if (!cursor) return;
    const getChunk = (address: string) => Promise.resolve(world.index.findChunk(address)!);
    let rows = 0;
    for await (const row of readRows(cursor.cat, getChunk)) {
      expect(world.index.findRow(row.nixId)).to.deep.equal(row);
      rows++;
    }
    expect(rows).to.equal(countOf("(SELECT DISTINCT nix_id FROM rows)"));
  }

  function countOf(table: string): number {
    return useDatabase((database) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!["n"]));
  }

  function emptyIndex(): void {
    const tables = ["cursor", "rows", "records", "chunks", "batches", "withdrawals"];
    useDatabase((database) => database.exec(tables.map((table) => `DELETE FROM ${table}`).join("; ")));
  }

  function useDatabase<T>(use: (database: DatabaseSync) => T): T {
    const database = new DatabaseSync(world.indexFile);
    try {
      return use(database);
    } finally {
      database.close();
    }
  }
});

/** A linear congruential generator: the same numbers from 0 to 1 for the same seed. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}
