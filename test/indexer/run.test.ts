import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { toHex } from "../../src/encoding/hex.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { withdrawBatch } from "../../src/registry/transact.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { approveBatch, draftBatch, publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";

const recordOf = (name: string) => makeRecord(name, Buffer.from(name));
const [hello, late] = [recordOf("hello-1"), recordOf("late-1")];

describe("indexer: run", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    world = await startRegistryWorld();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await world.close();
  });

  const seqOf = ({ storePath }: { storePath: string }) =>
    world.index.findMapping(parseStorePath(storePath).nixId)?.row.seq;

  async function start() {
    const indexer = await world.makeIndexer();
    running = indexer.run(stop.signal);
    return indexer;
  }

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await sleep(20);
  }

  it("follows until it is told to stop, through an endpoint that fails", async () => {
    const indexer = await start();
    await publishBatch(world, hello);
    await until(() => seqOf(hello) === 1);
    world.rpcProxy.down = true;
    await until(() => indexer.health().stale?.startsWith("RPC_UNAVAILABLE") === true);
    await publishBatch(world, late);
    world.rpcProxy.down = false;
    await until(() => seqOf(late) === 2 && indexer.health().stale === undefined);
    stop.abort();
    await running;
  });

  it("tries a batch again ever more rarely, and withdraws all the while", async () => {
    const { delta } = await publishBatch(world, hello);
    const { root } = await publishBatch(world, late);
    let asked = 0;
    world.swarmProxy.rule = ({ url }) => {
      if (![delta, root].some((address) => url!.includes(address))) return undefined;
      if (url!.includes(delta)) asked++;
      return { kind: "status", status: 404 };
    };
    const indexer = await start();
    await until(() => indexer.health().stale?.startsWith("SWARM_NOT_FOUND") === true);
    await withdrawBatch(world.registry, world.guardian, 1, "");
    await sleep(1500); // thirty polls
    expect(asked).to.be.within(3, 7);
    world.swarmProxy.rule = () => undefined;
    await until(() => seqOf(late) === 2);
    expect(seqOf(hello)).to.equal(undefined);
    expect(indexer.health().stale).to.equal(undefined);
  });

  it("asks for a missing record again by itself", async () => {
    const { pack } = await publishBatch(world, hello);
    const gone = [pack, toHex(swarmIdOf(hello))];
    world.swarmProxy.rule = ({ url }) =>
      gone.some((address) => url!.includes(address)) ? { kind: "status", status: 404 } : undefined;
    const indexer = await start();
    await until(() => world.index.countMissingRecords() === 1);
    await until(() => indexer.health().stale === undefined);
    world.swarmProxy.rule = () => undefined;
    await until(() => seqOf(hello) === 1);
  });

  it("goes on withdrawing after a wrong batch, and ends when told to", async () => {
    await publishBatch(world, hello);
    const indexer = await start();
    await until(() => seqOf(hello) === 1);
    await approveBatch(world, await draftBatch(world, [late], { root: "11".repeat(32) }));
    await until(() => indexer.health().halted?.startsWith("CAT_ROOT_MISMATCH") === true);
    expect(seqOf(hello)).to.equal(1);
    await withdrawBatch(world.registry, world.guardian, 1, "");
    await until(() => seqOf(hello) === undefined);
    expect(world.index.cursor()!.seq).to.equal(1);
  });

  it("asks a chain that does not hold together nothing more, and ends only when told to", async () => {
    await publishBatch(world, hello);
    const indexer = await start();
    await until(() => seqOf(hello) === 1);
    await world.rpc("anvil_reorg", 1, []);
    await until(() => indexer.health().halted?.startsWith("CHAIN_REORGANISED") === true);
    await sleep(200);
    const asked = world.rpcProxy.calls.length;
    const first = await Promise.race([running.then(() => "ended"), sleep(300, "runs")]);
    expect(first).to.equal("runs");
    expect(world.rpcProxy.calls.length).to.equal(asked);
    expect(seqOf(hello)).to.equal(1);
  });
});
