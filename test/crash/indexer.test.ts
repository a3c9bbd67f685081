import { expect } from "chai";
import { join } from "node:path";
import { readRows } from "../../src/cat/lookup.js";
import { useChecked } from "../support/check-database.js";
import { makeRecord } from "../support/fill-index.js";
import { pickBelow, pseudoRandom } from "../support/pseudo-random.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { crashSeeds } from "../support/seeds.js";
import { startProgram } from "../support/start-program.js";

const BATCHES = 40;
const PROGRAM = join(import.meta.dirname, "../support/run-indexer.ts");

describe("crash: the indexer", function () {
  this.timeout(120_000);
  let world: RegistryWorld;
  let hits = 0;

  before(async () => {
    world = await startRegistryWorld();
    for (let at = 0; at < BATCHES; at++) {
      const names = [`hot-${at % 3}`, `cold-${at}-1`, `cold-${at}-2`, `cold-${at}-3`];
      await publishBatch(world, ...names.map((name) => makeRecord(name, Buffer.from(`${name} of ${at}`))));
    }
    world.index.close();
  });
  after(async () => {
    await world.close();
    expect(hits, "kills in the middle").to.be.at.least(crashSeeds.length);
  });

  /** Kills an indexer some time after so many batches came in. */
  async function runFor(moment: { lines: number; milliseconds: number }): Promise<void> {
    const { rpcUrl, registry, deploymentBlock, swarmProxy, indexFile } = world;
    const { chainId, registry: address } = registry.id;
    const args = [rpcUrl, String(chainId), address, String(deploymentBlock), swarmProxy.url, indexFile];
    const { killed } = await startProgram(PROGRAM, args).killAfter(moment);
    expect(killed).to.equal(true);
  }

  for (const seed of crashSeeds)
    it(`is whole wherever kill -9 hits it, and goes on (seed ${seed})`, async () => {
      const random = pseudoRandom(seed);
      world.reopenIndex().close();
      emptyIndex();
      let last = 0;
      for (let kills = 0; kills < 3; kills++) {
        await runFor({ lines: 1 + pickBelow(6, random), milliseconds: pickBelow(30, random) });
        const index = world.reopenIndex();
        const cursor = index.cursor();
        expect(cursor?.seq).to.be.greaterThan(last); // what was in stays in
        last = cursor!.seq;
        if (last < BATCHES) hits++;
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
    return useChecked(world.indexFile, (database) =>
      Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!["n"]),
    );
  }

  function emptyIndex(): void {
    const tables = ["cursor", "rows", "records", "chunks", "batches", "withdrawals"];
    useChecked(world.indexFile, (database) => database.exec(tables.map((table) => `DELETE FROM ${table}`).join("; ")));
  }
});
