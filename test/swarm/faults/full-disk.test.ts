import { expect } from "chai";
import { pino } from "pino";
import { CachedStore } from "../../../src/swarm/cache/cached-store.js";
import { DiskCache } from "../../../src/swarm/cache/disk-cache.js";
import { mountSmallDisk, type SmallDisk } from "../../support/small-disk.js";
import { makeStore, startFaultWorld, type FaultWorld } from "./fault-world.js";
import { fetchThrough, readThrough } from "./what-is-seen.js";

describe("Swarm client: a full disk", function () {
  this.timeout(60_000);
  let world: FaultWorld | undefined;
  let disk: SmallDisk | undefined;
  before(async function () {
    disk = await mountSmallDisk(this, 1 << 20);
    world = await startFaultWorld();
  });
  after(async () => {
    await world?.close();
    await disk?.remove();
  });

  for (const [how, count] of [
    ["one endpoint", 1],
    ["two endpoints", 2],
  ] as const)
    it(`the disk of the cache is full: ${how}`, async () => {
      const codes: unknown[] = [];
      const log = pino(
        { level: "warn" },
        { write: (line) => void codes.push((JSON.parse(line) as { code: string }).code) },
      );
      const open = () => {
        const cache = new DiskCache({ folder: disk!.path, maxBytes: 1e9, log });
        return new CachedStore(makeStore(world!.nodes.slice(0, count)), cache);
      };
      for (const left of [0, 300_000]) {
        disk!.fill(left);
        const [first, second] = [open(), open()];
        expect(await readThrough(first)).to.equal("whole");
        expect(await fetchThrough(second)).to.equal("whole");
        await Promise.all([first.settle(), second.settle()]);
      }
      expect(codes.length).to.be.at.least(4);
      expect(new Set(codes)).to.deep.equal(new Set(["DISK_FULL"]));
    });
});
