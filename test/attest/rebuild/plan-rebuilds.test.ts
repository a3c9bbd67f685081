import { readFileSync } from "node:fs";
import { expect } from "chai";
import { planRebuilds, type PlanRebuildsOptions } from "../../../src/attest/rebuild/plan-rebuilds.js";
import type { Provide } from "../../../src/attest/rebuild/rebuild-path.js";
import type { RowToAttest } from "../../../src/attest/row-outcome.js";
import { removeTree } from "../../../src/nix/remove-tree.js";
import { parseStorePath } from "../../../src/nix/store-path.js";
import type { ContentStore } from "../../../src/swarm/content-store.js";
import { narOf } from "../../consortium/support/consortium.js";
import { makeRecord, swarmIdOf } from "../../support/fill-index.js";
import { startNode } from "../../support/start-node.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { BuildWorld } from "../support/build-world.js";

describe("attest/rebuild/plan-rebuilds", () => {
  let folder: string;
  let builds: BuildWorld;
  let node: Awaited<ReturnType<typeof startNode>>;
  let store: ContentStore;
  before(async () => {
    folder = (await makeTempFolder()).path;
    builds = await BuildWorld.make(folder);
    node = await startNode();
    store = new BeeStore({ url: node.url });
  });
  after(async () => {
    await node.close();
    await builds.close();
    removeTree(folder);
  });

  /** A row of a made-up build of that path. */
  function rowOf(storePath: string, deriver?: string): RowToAttest {
    const plain = makeRecord("x", narOf("x"));
    const record = { ...plain, storePath, ...(deriver !== undefined && { deriver: deriver.slice(11) }) };
    return { nixId: parseStorePath(storePath).nixId, swarmId: swarmIdOf(record), record };
  }

  const plan = (rows: RowToAttest[], options: Partial<PlanRebuildsOptions> = {}) =>
    planRebuilds(rows, {
      ...{ builders: [], keys: [], store, storeDir: "/nix/store", folder, system: "x86_64-linux" },
      provide: builds.provide,
      ...options,
    });
  const run = async (rows: RowToAttest[], options: Partial<PlanRebuildsOptions> = {}) =>
    (
      await Promise.all(plan(rows, options).map(({ rows: asked, check }) => check(asked, new AbortController().signal)))
    ).flat();

  const outputsOf = async (derivation: string) =>
    (await builds.client.run("nix-store", ["--query", "--outputs", derivation], { check: true })).stdout
      .trim()
      .split("\n");

  it("skips what is for another system, by the CAT's derivation as by one's own", async () => {
    const derivation = await builds.instantiate("foreign");
    const [path] = await outputsOf(derivation);
    const [outcome] = await run([rowOf(path!, derivation)]);
    expect(outcome).to.include({ result: "skipped", mode: "rebuild", deriver: derivation.slice(11) });
    expect(outcome?.reason).to.include("mips64-linux");
    const evaluated = new Map([[path!, { derivation, system: "mips64-linux" }]]);
    expect((await run([rowOf(path!)], { evaluated }))[0]).to.include({ result: "skipped" });
  });

  it("skips nothing by a derivation of another system that does not make it", async () => {
    // Its outputs follow from what it is made with, two downloads of the same among that.
    const honest = await builds.find(await builds.instantiate("foreignUser"));
    const paths = await outputsOf(honest.storePath);
    const skipped = await run(paths.map((path) => rowOf(path, honest.storePath)));
    expect(skipped.map(({ result }) => result)).to.deep.equal(["skipped", "skipped"]);

    const [victim] = await outputsOf(await builds.instantiate("library"));
    expect((await run([rowOf(victim!, honest.storePath)]))[0]).to.include({ result: "failed" });
    // The same, at the path that its text has, which claims the victim for its output.
    const text = readFileSync(builds.nix.realPath(honest.storePath), "utf8");
    const forged = await builds.forge(text.replaceAll(paths[0]!, victim!), "library-1.0.drv", honest);
    const provide: Provide = (path, signal) =>
      path === forged.storePath ? Promise.resolve(forged) : builds.provide(path, signal);
    const [outcome] = await run([rowOf(victim!, forged.storePath)], { provide });
    expect(outcome).to.include({ result: "failed", mode: "rebuild" });
    expect(outcome?.reason).to.include("does not follow from it");
  });

  it("fails where no derivation is known, or it is not there, or does not make the path", async () => {
    const derivation = await builds.instantiate("package");
    const [path] = await outputsOf(derivation);
    const missing = derivation.replace("package", "parcel");
    for (const row of [rowOf(path!), rowOf(path!, missing)])
      expect((await run([row]))[0]).to.include({ result: "failed", mode: "rebuild" });
    expect((await run([rowOf(path!, derivation)], { evaluated: new Map() }))[0]).to.include({ result: "failed" });
    const other = await outputsOf(await builds.instantiate("random"));
    expect((await run([rowOf(other[0]!, derivation)]))[0]).to.include({ result: "failed" });
  });

  it("puts the outputs of one derivation together", async () => {
    const derivation = await builds.instantiate("package");
    const rows = (await outputsOf(derivation)).map((path) => rowOf(path, derivation));
    expect(plan([...rows, rowOf(rows[0]!.record.storePath.replace("package", "x"))])).to.have.length(2);
  });

  it("says that a build which ran and broke has failed, and keeps its log", async () => {
    const { derivation, published } = await builds.pretend("fails");
    const [outcome] = await run([rowOf(published[0]!.storePath, derivation)]);
    expect(outcome).to.include({ result: "failed", mode: "rebuild", deriver: derivation.slice(11) });
    expect(outcome?.kept).to.match(/-fails-1\.0\.drv\.log$/);
  });
});
