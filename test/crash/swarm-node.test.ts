import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { expect } from "chai";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { checkChunks } from "../support/check-chunks.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { pickBelow, pseudoRandom } from "../support/pseudo-random.js";
import { crashSeeds } from "../support/seeds.js";
import { type Program, startProgram } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";

const script = fileURLToPath(new URL("../support/run-node.ts", import.meta.url));
const KILLS = 2;
const UPLOADS = 12;

describe("crash: the embedded node", function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let node: Program;
  let hits = 0;
  beforeEach(async () => (folder = await makeTempFolder()));
  afterEach(async () => {
    await node.kill();
    await folder.remove();
  });
  after(() => {
    expect(hits, "kills in the middle of uploads").to.be.at.least(crashSeeds.length);
  });

  async function start(): Promise<BeeStore> {
    node = startProgram(script, [join(folder.path, "chunks.db")]);
    return new BeeStore({ url: (await node.nextLine())!, batchId: "00".repeat(32), retries: 0 });
  }

  for (const seed of crashSeeds)
    it(`has every file that it acknowledged and no bad chunk (seed ${seed})`, async () => {
      const random = pseudoRandom(seed);
      const bytesOf = (id: number) => pseudoRandomBytes(1000 + ((id * 7919 * seed) % 600_000), id);
      const acknowledged = new Map<string, number>();
      for (let round = 0; round <= KILLS; round++) {
        const store = await start();
        for (const [address, id] of acknowledged)
          expect(Buffer.compare(await store.readAll(address, 1e7), bytesOf(id))).to.equal(0);
        if (round === KILLS) break;
        // Three at a time; it is killed some time after one of them was answered.
        const last = pickBelow(UPLOADS, random);
        const milliseconds = pickBelow(20, random);
        let [id, answered] = [0, 0];
        let killing: ReturnType<Program["killAfter"]> | undefined;
        const killNow = () => (killing ??= node.killAfter({ lines: 0, milliseconds }));
        const upload = async () => {
          while (id < UPLOADS) {
            const mine = 100 * round + id++;
            try {
              acknowledged.set((await store.write(bytesOf(mine))).address, mine);
            } catch (error) {
              if (!killing) throw error;
              hits++;
              return;
            }
            if (++answered > last) void killNow();
          }
        };
        await Promise.all([upload(), upload(), upload()]);
        await killNow();
      }
      await node.kill();
      checkChunks(join(folder.path, "chunks.db"));
    });
});
