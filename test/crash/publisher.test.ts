import { expect } from "chai";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRows } from "../../src/cat/lookup.js";
import { MAX_RECORD_SIZE, parseRecord } from "../../src/cat/record.js";
import { checkNarOf } from "../../src/consortium/check-nar.js";
import { toHex } from "../../src/encoding/hex.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { openNixStore } from "../../src/nixdb/nix-store.js";
import { Journal } from "../../src/publisher/journal.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { addSmallClosure } from "../publisher/support/published-store.js";
import { readRun, type Run } from "../publisher/support/read-run.js";
import { useChecked } from "../support/check-database.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { pickBelow, pseudoRandom } from "../support/pseudo-random.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { crashSeeds } from "../support/seeds.js";
import { startNode } from "../support/start-node.js";
import { type Program, startProgram } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";

const script = fileURLToPath(new URL("../publisher/support/run-publisher.ts", import.meta.url));

/** A stock Nix of this machine; skipped without one, but never under `CI=true`. */
describe("crash: the publisher", function () {
  this.timeout(120_000);
  let folder: string;
  let nix: RealNix;
  let paths: string[];
  let undisturbed: Run;
  /** Requests that the undisturbed run made of Swarm. */
  let requests: number;
  let hits = 0;

  before(async function () {
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    paths = [1, 2, 3, 4, 5, 6].flatMap((seed) => Object.values(addSmallClosure(nix, folder, seed)) as string[]);
    await using node = await startOwnNode();
    undisturbed = await readRun(start("undisturbed", node.proxy.url));
    requests = node.proxy.requests.length;
  });
  after(() => {
    removeTree(folder);
    expect(hits, "kills in the middle").to.be.at.least(crashSeeds.length);
  });

  const journalOf = (name: string) => join(folder, `${name}.sqlite`);
  const start = (name: string, url: string) => startProgram(script, [nix.root, url, journalOf(name), ...paths]);
  /** One for each run: what another one has uploaded would hide what this one has not. */
  const startOwnNode = async () => {
    const node = await startNode();
    const proxy = await startFaultProxy(node.url);
    const close = async () => {
      await proxy.close();
      await node.close();
    };
    return { url: node.url, proxy, [Symbol.asyncDispose]: close };
  };

  for (const seed of crashSeeds)
    it(`goes on where it was, with the same batch (seed ${seed})`, async () => {
      const random = pseudoRandom(seed);
      const name = `seed-${seed}`;
      await using node = await startOwnNode();
      let kept = 0;
      const checkKept = () => {
        const now = countKept(name);
        expect(now).to.be.at.least(kept); // what was done stays done
        kept = now;
      };
      // Once between two requests: the second of them does not get through.
      await killAtRequest(start(name, node.proxy.url), node.proxy, 1 + pickBelow(requests, random));
      checkKept();
      // And once at any time.
      const moment = { lines: 1 + pickBelow(undisturbed.lines, random), milliseconds: pickBelow(10, random) };
      const { killed, lines } = await start(name, node.url).killAfter(moment);
      if (killed && !lines.some((line) => line.startsWith("{"))) hits++;
      checkKept();
      const resumed = await readRun(start(name, node.url));
      expect(resumed.reused).to.equal(kept);
      expect(resumed.uploaded.paths).to.equal(undisturbed.records.length - kept);
      const again = await readRun(start(name, node.url));
      expect([again.reused, again.uploaded.paths]).to.deep.equal([again.records.length, 0]);
      for (const { records, batch } of [resumed, again])
        expect({ records, batch }).to.deep.equal({ records: undisturbed.records, batch: undisturbed.batch });
      await checkUploads(new BeeStore({ url: node.url, retries: 0 }), resumed);
    });

  async function killAtRequest(publisher: Program, proxy: FaultProxy, wanted: number): Promise<void> {
    proxy.rule = () => {
      if (proxy.requests.length < wanted) return undefined;
      void publisher.kill();
      return { kind: "hang" };
    };
    while ((await publisher.nextLine()) !== undefined);
    expect(proxy.requests.length).to.be.at.least(wanted);
    hits++;
  }

  /** Everything that the batch leads to is there, to the last byte. */
  async function checkUploads(store: BeeStore, { records, batch }: Run): Promise<void> {
    for (const swarmId of records) {
      const text = Buffer.from(await store.readAll(swarmId, MAX_RECORD_SIZE)).toString();
      await checkNarOf(parseRecord(text, "/nix/store"), store);
    }
    const rows: string[] = [];
    for await (const row of readRows(batch, (address) => store.getChunk(address))) rows.push(toHex(row.swarmId));
    expect(rows).to.have.members(records);
    for (const address of [batch.delta, batch.pack]) await store.readAll(address, 1 << 20);
  }

  /** Paths that the journal holds. */
  function countKept(name: string): number {
    useChecked(journalOf(name), () => undefined);
    using journal = new Journal(journalOf(name));
    using store = openNixStore({ root: nix.root });
    const isKept = ({ storePath, narHash }: { storePath: string; narHash: Uint8Array }) =>
      journal.find({ nixId: parseStorePath(storePath).nixId, narHash, format: "stable-zstd/1-9" }, "/nix/store") !==
      undefined;
    return store.closure(paths).filter(isKept).length;
  }
});
