import { expect } from "chai";
import { NonceManager, type Wallet } from "ethers";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { devFiles } from "../../src/cli/dev/dev-files.js";
import type { DevNetwork } from "../../src/cli/dev/dev-network.js";
import { openKeystore } from "../../src/keys/keystore.js";
import { Registry } from "../../src/registry/registry.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { cliCommand } from "../cli/support/run-cli.js";
import { listStayingProcessesOf } from "../e2e/support/left-behind.js";
import { checkChunks } from "../support/check-chunks.js";
import { useChecked } from "../support/check-database.js";
import { makeRecord } from "../support/fill-index.js";
import { pickBelow, pseudoRandom } from "../support/pseudo-random.js";
import { publishBatch } from "../support/publish-batch.js";
import { crashSeeds } from "../support/seeds.js";
import { type Program, startCommand } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";

const BATCHES = 6;

/** What a user was told before the kill. */
interface Acknowledged {
  /** Blocks by number, and their hashes. */
  readonly blocks: Map<number, string>;
  seq: number;
  /** Swarm addresses of deltas. */
  readonly deltas: string[];
}

describe("crash: catnix dev", function () {
  this.timeout(180_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let dir: string;
  let dev: Program;
  let network: DevNetwork;
  let registry: Registry | undefined;
  let publish: () => Promise<{ seq: number; delta: string }>;
  /** How long the latest start took: when to kill the next one. */
  let startMs: number;
  const known: Acknowledged = { blocks: new Map(), seq: 0, deltas: [] };
  const hits = { start: 0, work: 0 };

  before(async () => {
    folder = await makeTempFolder();
    dir = join(folder.path, "network");
    await start();
    await kill();
    await start(); // a network that is there already starts in a fraction of the time
    await kill();
  });
  after(async () => {
    await kill();
    await folder.remove();
    expect(hits.start, "kills while it starts").to.be.at.least(1);
    expect(hits.work, "kills in the middle of publishing").to.be.at.least(1);
  });

  const launch = () => (dev = startCommand(...cliCommand(["dev", "--dir", dir, "--port", "0", "--json"])));

  async function start(): Promise<void> {
    const before = performance.now();
    network = JSON.parse((await launch().nextLine())!) as DevNetwork;
    startMs = performance.now() - before;
    const { rpcUrl, chainId, swarm, keys, passwordFile } = network;
    const opened = await Registry.open(rpcUrl, { chainId, registry: network.registry });
    registry = opened;
    const store = new BeeStore({ url: swarm[0], batchId: "0".repeat(64), retries: 0 });
    const password = (await readFile(passwordFile, "utf8")).trim();
    const open = (role: keyof typeof keys): Promise<Wallet> => openKeystore(keys[role], password);
    const members = await Promise.all([open("member-1"), open("member-2")]);
    const sender = new NonceManager((await open("publisher")).connect(opened.chain.provider));
    let count = 0;
    publish = async () => {
      const name = `path-${known.seq}-${count++}`;
      return publishBatch({ registry: opened, store, members, sender }, makeRecord(name, Buffer.from(name)));
    };
  }

  async function kill(): Promise<void> {
    registry?.close();
    await dev.kill();
    expect(await listStayingProcessesOf(dir)).to.deep.equal([]);
  }

  async function killTheStart(random: () => number): Promise<void> {
    const { killed } = await launch().killAfter({ lines: 0, milliseconds: pickBelow(startMs, random) });
    expect(killed).to.equal(true);
    if ((await dev.nextLine()) === undefined) hits.start++;
  }

  /** Publishes until it is done, or until the network is gone. */
  async function work(on: { isKilled: () => boolean; onBatch: (batches: number) => void }): Promise<void> {
    try {
      for (let batches = 1; batches <= BATCHES; batches++) {
        const { seq, delta } = await publish();
        known.seq = seq;
        known.deltas.push(delta);
        const block = await registry!.chain.provider.getBlock("latest");
        known.blocks.set(block!.number, block!.hash!);
        on.onBatch(batches);
      }
    } catch (error) {
      if (!on.isKilled()) throw error;
      hits.work++;
    }
  }

  /** What lies on the disk is whole, and the index is not ahead of what was acknowledged, or was about to be. */
  function checkFiles(): void {
    const files = devFiles(dir);
    useChecked(files.chain, () => undefined);
    for (const file of files.swarm) checkChunks(file);
    const seq = useChecked(join(files.state, "index.sqlite"), (database) =>
      Number(database.prepare("SELECT max(seq) AS seq FROM batches").get()!["seq"]),
    );
    expect(seq).to.be.within(0, known.seq + 1);
  }

  async function checkNetwork(): Promise<void> {
    for (const [number, hash] of known.blocks)
      expect((await registry!.chain.provider.getBlock(number))?.hash).to.equal(hash);
    const { seq, cat } = await registry!.state();
    expect(seq).to.be.within(known.seq, known.seq + 1);
    known.seq = seq;
    const signers = new BeeStore({ url: network.swarm[1], retries: 0 });
    for (const delta of known.deltas.slice(-BATCHES)) await signers.readAll(delta, 1 << 20);
    const ready = await readReady((found) => found.seq === seq);
    expect(ready).to.include(seq === 0 ? { ready: true } : { ready: true, seq, root: cat.root });
  }

  /** What the relay says of its index once it is as wanted, or after 20 s. */
  async function readReady(isWanted: (ready: { seq?: number }) => boolean): Promise<object> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const ready = (await (await fetch(`${network.relay}/ready`)).json()) as { seq?: number };
      if (isWanted(ready) || Date.now() > deadline) return ready;
      await sleep(50);
    }
  }

  for (const seed of crashSeeds)
    it(`forgets nothing and goes on (seed ${seed})`, async () => {
      const random = pseudoRandom(seed);
      const before = network;
      await killTheStart(random);

      await start();
      expect(network).to.deep.equal(before);
      await checkNetwork();
      const last = pickBelow(BATCHES, random);
      const milliseconds = pickBelow(60, random);
      let killing: Promise<void> | undefined;
      const killSoon = (batches: number) => {
        if (batches >= last) killing ??= sleep(milliseconds).then(kill);
      };
      killSoon(0);
      await work({ isKilled: () => killing !== undefined, onBatch: killSoon });
      await killing;
      checkFiles();

      await start();
      expect(network).to.deep.equal(before);
      await checkNetwork();
      await kill();
    });

  for (const seed of crashSeeds)
    it(`makes one network of a first start that was killed, and the next one (seed ${seed})`, async () => {
      const old = dir;
      dir = join(folder.path, `first-${seed}`);
      try {
        await killTheStart(pseudoRandom(seed));
        await start();
        expect((await publish()).seq).to.equal(1);
        await kill();
      } finally {
        await dev.kill();
        dir = old;
      }
    });
});
