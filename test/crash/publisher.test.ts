import { expect } from "chai";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeTree } from "../../src/nix/remove-tree.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { openNixStore } from "../../src/nixdb/nix-store.js";
import { Journal } from "../../src/publisher/journal.js";
import { addSmallClosure } from "../publisher/support/published-store.js";
import { readRun, type Run } from "../publisher/support/read-run.js";
import { useChecked } from "../support/check-database.js";
import { pickBelow, pseudoRandom } from "../support/pseudo-random.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { crashSeeds } from "../support/seeds.js";
import { startNode } from "../support/start-node.js";
import { startProgram } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";

const script = fileURLToPath(new URL("../publisher/support/run-publisher.ts", import.meta.url));

/** A stock Nix of this machine; skipped without one, but never under `CI=true`. */
describe("crash: the publisher", function () {
  this.timeout(120_000);
  let folder: string;
  let nix: RealNix;
  let node: Awaited<ReturnType<typeof startNode>>;
  let paths: string[];
  let undisturbed: Run;
  let hits = 0;

  before(async function () {
    folder = (await makeTempFolder()).path;
    node = await startNode();
    nix = setUpRealNix(this, folder);
    paths = [1, 2, 3, 4, 5, 6].flatMap((seed) => Object.values(addSmallClosure(nix, folder, seed)) as string[]);
    undisturbed = await readRun(start("undisturbed"));
  });
  after(async () => {
    await node.close();
    removeTree(folder);
    expect(hits, "kills in the middle").to.be.at.least(crashSeeds.length);
  });

  const journalOf = (name: string) => join(folder, `${name}.sqlite`);
  const start = (name: string) => startProgram(script, [nix.root, node.url, journalOf(name), ...paths]);

  for (const seed of crashSeeds)
    it(`goes on where it was, with the same batch (seed ${seed})`, async () => {
      const random = pseudoRandom(seed);
      const name = `seed-${seed}`;
      let kept = 0;
      for (let kills = 0; kills < 2; kills++) {
        const moment = { lines: 1 + pickBelow(undisturbed.lines, random), milliseconds: pickBelow(10, random) };
        const { killed, lines } = await start(name).killAfter(moment);
        if (killed && !lines.some((line) => line.startsWith("{"))) hits++;
        const now = countKept(name);
        expect(now).to.be.at.least(kept); // what was done stays done
        kept = now;
      }
      const resumed = await readRun(start(name));
      expect(resumed.reused).to.equal(kept);
      expect(resumed.uploaded.paths).to.equal(undisturbed.records.length - kept);
      const again = await readRun(start(name));
      expect([again.reused, again.uploaded.paths]).to.deep.equal([again.records.length, 0]);
      for (const { records, batch } of [resumed, again])
        expect({ records, batch }).to.deep.equal({ records: undisturbed.records, batch: undisturbed.batch });
    });

  /** Paths that the journal holds. */
  function countKept(name: string): number {
    useChecked(journalOf(name), () => undefined);
    using journal = new Journal(journalOf(name));
    using store = openNixStore({ root: nix.root });
    const isKept = ({ storePath, narHash }: { storePath: string; narHash: Uint8Array }) =>
      journal.find({ nixId: parseStorePath(storePath).nixId, narHash, format: "zstd-9" }, "/nix/store") !== undefined;
    return store.closure(paths).filter(isKept).length;
  }
});
