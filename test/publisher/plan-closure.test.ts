import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toHex } from "../../src/encoding/hex.js";
import { CatnixError } from "../../src/errors/catnix-error.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { openNixStore } from "../../src/nixdb/nix-store.js";
import { Journal } from "../../src/publisher/journal.js";
import { planClosure, type PlanOptions, type PublishPlan } from "../../src/publisher/plan-closure.js";
import { codeOf } from "../support/code-of.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { openPolicy } from "./support/open-policy.js";
import { addSmallClosure, type SmallClosure } from "./support/published-store.js";
import { startPublisher, type TestPublisher } from "./support/start-publisher.js";

const statesOf = ({ paths }: PublishPlan) => paths.map(({ storePath, state }) => `${storePath.slice(44)} ${state}`);

describe("planClosure", function () {
  this.timeout(60_000);
  let folder: string;
  let nix: RealNix;
  let added: SmallClosure;
  let publisher: TestPublisher;
  before(async function () {
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    added = addSmallClosure(nix, folder);
    publisher = await startPublisher(nix.root);
  });
  after(async () => {
    await publisher.close();
    removeTree(folder);
  });

  async function plan(options: Partial<PlanOptions> = {}): Promise<PublishPlan> {
    using store = openNixStore({ root: nix.root });
    return await planClosure({
      ...{ nix: store, paths: [added.top, added.tree], storeDir: "/nix/store", policy: openPolicy() },
      ...{ journal: undefined, live: undefined },
      ...options,
    });
  }
  const unlisted = () => Promise.resolve(undefined);
  const all = (state: string) => ["data", "middle", "top", "tree-1"].map((name) => `${name} ${state}`);

  it("says what is new, and with its size, as Nix has it", async () => {
    const planned = await plan({ live: unlisted });
    expect(statesOf(planned).sort()).to.deep.equal(all("new"));
    using store = openNixStore({ root: nix.root });
    for (const { storePath, narSize, denied } of planned.paths) {
      expect(narSize).to.equal(store.queryPathInfo(storePath)!.narSize);
      expect(denied).to.equal(false);
    }
    expect([planned.findings, planned.failure]).to.deep.equal([[], undefined]);
  });

  it("leaves open what nobody was asked about", async () => {
    expect(statesOf(await plan()).sort()).to.deep.equal(all("unknown"));
  });

  it("tells what an earlier run uploaded from what is published and what is another build", async () => {
    const { records } = await publisher.publish([added.top]);
    const listed = new Map(records.map((one) => [toHex(one.nixId), one]));
    using journal = new Journal(publisher.journalFile);
    const files = () =>
      readdirSync(dirname(publisher.journalFile)).map((name) => [
        name,
        readFileSync(join(dirname(publisher.journalFile), name)),
      ]);
    const before = files();
    const byNow = ["data uploaded", "middle uploaded", "top uploaded"];
    expect(statesOf(await plan({ journal, live: unlisted })).sort()).to.deep.equal([...byNow, "tree-1 new"]);
    expect(statesOf(await plan({ journal })).sort()).to.deep.equal([...byNow, "tree-1 unknown"]);
    const otherLevel = await plan({ journal, live: unlisted, level: 3 });
    expect(statesOf(otherLevel).sort()).to.deep.equal(all("new"));
    const live = (change: object) => (nixId: Uint8Array) => {
      const one = listed.get(toHex(nixId));
      const row = { nixId, seq: 1, swarmId: new Uint8Array(32) };
      return Promise.resolve(one && { row, record: { ...one.record, ...change } });
    };
    const published = await plan({ journal, live: live({}) });
    expect(statesOf(published).sort()).to.deep.equal(
      ["data", "middle", "top"].map((name) => `${name} published`).concat("tree-1 new"),
    );
    expect(statesOf(await plan({ live: live({ narSize: 1 }) })).sort()).to.deep.equal(all("new"));
    expect(files()).to.deep.equal(before);
  });

  it("asks nobody any more after the first failure, and says why", async () => {
    let asked = 0;
    const failure = new CatnixError("SWARM_UNREACHABLE", { url: "x", reason: "y" });
    const live = () => (asked++, Promise.reject(failure));
    const planned = await plan({ live });
    expect(planned.failure).to.equal(failure);
    expect(statesOf(planned).sort()).to.deep.equal(all("unknown"));
    expect(asked).to.be.within(1, 8);
    const mistake: unknown = await plan({ live: () => Promise.reject(new TypeError("z")) }).catch((e: unknown) => e);
    expect(mistake).to.be.instanceOf(TypeError);
  });

  it("marks the store paths of its findings", async () => {
    const { findings, paths } = await plan({
      policy: openPolicy({ deny: { files: ["tree-1/bin/run"], names: ["top"] } }),
    });
    expect(findings.map(({ path }) => path).sort()).to.deep.equal([added.top, `${added.tree}/bin/run`].sort());
    expect(paths.filter(({ denied }) => denied).map(({ storePath }) => storePath)).to.have.members([
      added.top,
      added.tree,
    ]);
  });

  it("tells how far it is", async () => {
    const seen: number[] = [];
    await plan({ onChecked: (done, total) => void seen.push(done, total) });
    expect(seen).to.deep.equal([1, 4, 2, 4, 3, 4, 4, 4]);
  });

  it("refuses what it cannot read, and stops at its signal", async () => {
    const unknown = `/nix/store/${"0".repeat(31)}1-unknown`;
    expect(await codeOf(() => plan({ paths: [unknown] }))).to.equal("STORE_PATH_NOT_VALID");
    const signal = AbortSignal.abort(new RangeError("enough"));
    expect(await plan({ signal }).catch((error: unknown) => error)).to.be.instanceOf(RangeError);
  });
});
