import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { removeTree } from "../../src/nix/remove-tree.js";
import { addSmallClosure, type SmallClosure } from "../publisher/support/published-store.js";
import { makeRecord } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { startNode } from "../support/start-node.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"A".repeat(64)}\n`;

interface Cost {
  readonly basis: string;
  readonly chunks: number;
  readonly likelyChunks: number;
  readonly bytes?: number;
  readonly plur: string;
  readonly xbzz: string;
  readonly ownBatch: { depth: number };
  readonly stamp?: { fullest: number; fullestAfter: number; size: number; risk: number };
}

interface Plan {
  readonly dryRun: true;
  readonly allowed: boolean;
  readonly totals: Record<"all" | "new" | "uploaded" | "published" | "unknown" | "denied", { paths: number }>;
  readonly paths: readonly { storePath: string; narSize: number; state: string; denied: boolean }[];
  readonly findings: readonly { path: string; rule: string }[];
  readonly cost: Cost;
  readonly registryUnknown?: { code: string };
}

/** A real Nix's store, a real registry and node. */
describe("catnix publish", function () {
  this.timeout(120_000);
  let world: CliWorld;
  let folder: string;
  let nix: RealNix;
  let added: SmallClosure;
  let app: string;
  before(async function () {
    world = await CliWorld.start();
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    added = addSmallClosure(nix, folder);
    const source = join(folder, "app");
    mkdirSync(join(source, "etc"), { recursive: true });
    writeFileSync(join(source, "etc/key"), KEY);
    app = nix.run("nix-store", "--add", source).toString().trim();
    mkdirSync(join(folder, "tmp"));
  });
  after(async () => {
    removeTree(folder);
    await world.close();
  });
  beforeEach(() => {
    world.registry.swarmProxy.requests.length = 0;
  });

  const publish = (paths: string[], ...options: string[]) =>
    world.run(["publish", ...paths, "--store", nix.root, "--json", ...options], { TMPDIR: join(folder, "tmp") });
  const sends = () => world.registry.swarmProxy.requests.filter((request) => !request.startsWith("GET "));
  const planOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as Plan;
  /** What stays of private copies; the programs that run TypeScript keep something of their own there. */
  const copies = () => readdirSync(join(folder, "tmp")).filter((name) => name.startsWith("catnix-"));

  it("--dry-run shows what would go, sends nothing and writes nothing", async () => {
    const before = [readdirSync(world.folder), copies()];
    const result = await publish([added.top, added.tree], "--dry-run");
    expect([result.code, result.stderr]).to.deep.equal([0, ""]);
    const { paths, totals, cost, ...rest } = planOf(result);
    expect(cost).to.include({ basis: "sizes", years: 1, price: "24000", priceFrom: "node" });
    expect(rest).to.deep.equal({ dryRun: true, allowed: true, findings: [] });
    expect(paths.map(({ state }) => state)).to.deep.equal(["new", "new", "new", "new"]);
    const narBytes = paths.reduce((sum, { narSize }) => sum + narSize, 0);
    expect(totals).to.deep.include({ all: { paths: 4, narBytes }, new: { paths: 4, narBytes } });
    expect(sends()).to.deep.equal([]);
    expect([readdirSync(world.folder), copies()]).to.deep.equal(before);
  });

  it("--dry-run says the same in lines", async () => {
    const { code, stdout } = await world.run(["publish", added.top, "--store", nix.root, "--dry-run"]);
    expect(code).to.equal(0);
    const rows = stdout.split("\n").filter((line) => line.startsWith("new "));
    expect(rows).to.have.length(4); // three paths and their sum
    expect(stdout).to.include(added.top);
  });

  it("sends nothing of what the policy holds back, and says what it is", async () => {
    for (const options of [[], ["--dry-run"]]) {
      const result = await publish([added.top, app], ...options);
      expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "PUBLISH_DENIED"]);
      expect(sends()).to.deep.equal([]);
      if (options.length === 0) expect(result.stdout).to.equal("");
      else {
        const { allowed, findings, totals } = planOf(result);
        expect(allowed).to.equal(false);
        expect(findings.map(({ path, rule }) => [path, rule])).to.deep.equal([[`${app}/etc/key`, "private-key"]]);
        expect(totals.denied.paths).to.equal(1);
      }
    }
    const lines = await world.run(["publish", app, "--store", nix.root]);
    expect(lines.stderr).to.include(`${app}/etc/key: `).and.to.include("[private-key]").and.to.include("--allow");
    expect(lines.stderr).not.to.include("AAAAAAAA");
    expect(readdirSync(world.folder).filter((name) => name.startsWith("batch-"))).to.deep.equal([]);
  });

  it("holds to the configuration, of the file and of the environment", async () => {
    const config = JSON.parse(readFileSync(world.file("catnix.json"), "utf8")) as object;
    writeFileSync(world.file("deny.json"), JSON.stringify({ ...config, publish: { deny: { names: ["data"] } } }));
    expect(errorCodeOf(await publish([added.top], "--config", "deny.json"))).to.equal("PUBLISH_DENIED");
    const only = { CATNIX_PUBLISH_ONLY_CLOSURES: `${added.tree} ${app}` };
    const args = ["publish", added.top, "--store", nix.root, "--json", "--dry-run"];
    expect(errorCodeOf(await world.run(args, only))).to.equal("PUBLISH_DENIED");
    const wrong = await publish([added.top], "--allow", "./result");
    expect([wrong.code, errorCodeOf(wrong)]).to.deep.equal([1, "PUBLISH_POLICY_INVALID"]);
    expect(sends()).to.deep.equal([]);
  });

  it("publishes what --allow names, and a dry run tells it from what is new", async () => {
    const result = await publish([app], "--allow", added.top, "--allow", `${app}/etc/key`);
    expect([result.code, result.stderr]).to.deep.equal([0, ""]);
    expect(existsSync(world.file("batch-1.json"))).to.equal(true);
    const state = world.file(".catnix");
    const before = readdirSync(state);
    expect(before).to.include("publisher.sqlite");
    const { paths, totals } = planOf(await publish([app, added.tree], "--dry-run", "--allow", app));
    expect(new Map(paths.map(({ storePath, state }) => [storePath, state]))).to.deep.equal(
      new Map([
        [app, "uploaded"],
        [added.tree, "new"],
      ]),
    );
    expect(totals).to.deep.include({ published: { paths: 0, narBytes: 0 } });
    expect(readdirSync(state)).to.deep.equal(before);
    expect(copies()).to.deep.equal([]);
  });

  describe("and its postage", () => {
    let seed = 100;
    const buy = async (depth: number, immutable = true, url = world.registry.swarmProxy.url): Promise<string> => {
      const headers = { immutable: String(immutable) };
      const init = { method: "POST", headers };
      const answer = await fetch(`${url}/stamps/600000000000/${depth}`, init);
      return ((await answer.json()) as { batchID: string }).batchID;
    };
    const configure = (swarm: object, others: object = {}) =>
      world.writeConfig("postage.json", {}, { swarm: { url: world.registry.swarmProxy.url, ...swarm }, ...others });
    const withPostage = (paths: string[], ...options: string[]) =>
      world.runHere([
        ...["publish", ...paths, "--store", nix.root, "--json", "--config", world.file("postage.json")],
        ...["--out", world.file(`postage-${seed}.json`), ...options],
      ]);
    /** As if every bucket had paid for so many chunks. */
    const fillBuckets = (file: string, batch: string, used: number) => {
      const database = new DatabaseSync(file);
      const insert = database.prepare("INSERT INTO stamp_buckets VALUES (?, ?, ?)");
      database.exec("BEGIN");
      for (let bucket = 0; bucket < 1 << 16; bucket++) insert.run(batch, bucket, used);
      database.exec("COMMIT");
      database.close();
    };
    const uploads = () =>
      sends().filter((request) => request.startsWith("POST /bytes") || request.startsWith("POST /chunks"));

    it("--dry-run says what it costs, --exact counts it, and both what becomes of the batch", async () => {
      const { tree } = addSmallClosure(nix, folder, ++seed);
      await configure({ postageBatch: await buy(20) });
      const bound = planOf(await withPostage([tree], "--dry-run")).cost;
      const exact = planOf(await withPostage([tree], "--dry-run", "--exact", "--years", "2")).cost;
      expect([bound.basis, exact.basis, bound.ownBatch.depth]).to.deep.equal(["sizes", "exact", 18]);
      expect(exact.chunks).to.be.within(175, bound.chunks - 50);
      expect(BigInt(exact.plur)).to.equal(BigInt(exact.chunks) * 2n * 6_307_200n * 24_000n);
      for (const { stamp } of [bound, exact]) {
        expect(stamp).to.include({ fullest: 0, size: 16 });
        expect(stamp!.fullestAfter).to.be.within(1, 3);
        expect(stamp!.risk).to.be.below(1e-6);
      }
      const before = uploads().length;
      const published = await withPostage([tree]);
      expect([before, published.code]).to.deep.equal([0, 0]);
      const { uploaded } = JSON.parse(published.stdout) as { uploaded: { bytes: number } };
      expect(uploaded.bytes).to.equal(exact.bytes);
      const lines = await world.runHere(["publish", tree, "--store", nix.root, "--dry-run"]);
      expect(lines.stdout).not.to.include("xBZZ"); // nothing is new
    });

    it("--exact alone is a mistake", async () => {
      expect(errorCodeOf(await publish([added.top], "--exact"))).to.equal("USAGE");
    });

    it("refuses a mutable batch, unless it is told otherwise", async () => {
      const { tree } = addSmallClosure(nix, folder, ++seed);
      const swarm = { postageBatch: await buy(20, false) };
      await configure(swarm);
      const refused = await withPostage([tree]);
      expect([refused.code, errorCodeOf(refused), uploads()]).to.deep.equal([1, "STAMP_MUTABLE", []]);
      expect((await withPostage([tree], "--allow-mutable")).code).to.equal(0);
      await configure(swarm, { postage: { allowMutable: true } });
      expect((await withPostage([tree])).code).to.equal(0);
    });

    it("refuses before the first byte what its fullest bucket has no room for, and drafts nothing", async () => {
      const { tree } = addSmallClosure(nix, folder, ++seed);
      const full = await startNode({ peers: [world.registry.swarmProxy.url] });
      try {
        const postageBatch = await buy(17, true, full.url);
        fillBuckets(full.file, postageBatch, 2);
        await configure({ url: full.url, postageBatch });
        const refused = await withPostage([tree]);
        expect([refused.code, errorCodeOf(refused)]).to.deep.equal([1, "STAMP_OVERFLOW"]);
        expect(full.node.stats().newChunks).to.equal(0);
        expect(existsSync(world.file(`postage-${seed}.json`))).to.equal(false);
        const { stamp } = planOf(await withPostage([tree], "--dry-run", "--exact")).cost;
        expect(stamp).to.deep.include({ fullest: 2, size: 2, risk: 1 });
      } finally {
        await full.close();
      }
    });

    it("reads back through another node, and drafts nothing that is not there", async () => {
      const { tree } = addSmallClosure(nix, folder, ++seed);
      const other = await startNode({ peers: [world.registry.swarmProxy.url] });
      try {
        await configure({ readbackUrl: other.url }, { publish: { readbackChunks: 20 } });
        const published = await withPostage([tree]);
        expect([published.code, published.stderr]).to.deep.equal([0, ""]);
        const { readback } = JSON.parse(published.stdout) as {
          readback: { roots: number; samples: number; url: string };
        };
        // Root of the CAT, delta and pack; record, NAR and listing; one other chunk of the CAT at most.
        expect(readback).to.include({ samples: 20, url: other.url });
        expect(readback.roots).to.be.within(6, 9);
      } finally {
        await other.close();
      }
    });

    it("says on standard error and in its lines that nothing was read back", async () => {
      const { tree } = addSmallClosure(nix, folder, ++seed);
      const { stdout, stderr } = await world.runHere([
        ...["publish", tree, "--store", nix.root, "--out", world.file(`lines-${seed}.json`)],
      ]);
      expect(stderr).to.include("swarm.readbackUrl");
      expect(stdout).to.match(/^read back +nothing/m);
    });
  });

  describe("--dry-run, where it cannot see what is approved", () => {
    const faults: [what: string, chain: object, code: string][] = [
      ["without a chain that answers", { rpcUrl: "http://127.0.0.1:1" }, "RPC_UNAVAILABLE"],
      ["without a registry in its configuration", { registry: undefined }, "CONFIG_INCOMPLETE"],
    ];
    for (const [what, chain, code] of faults)
      it(what, async () => {
        await world.writeConfig("fault.json", chain);
        const result = await publish([added.top], "--dry-run", "--config", "fault.json");
        expect([result.code, result.stderr]).to.deep.equal([0, ""]);
        const { registryUnknown, totals } = planOf(result);
        expect(registryUnknown?.code).to.equal(code);
        expect(totals.unknown.paths).to.equal(3);
        const lines = await world.run([
          "publish",
          added.top,
          "--store",
          nix.root,
          "--dry-run",
          "--config",
          "fault.json",
        ]);
        expect(lines.stdout).to.match(/^unknown +3 paths/m);
      });

    it("without the Swarm that has the CAT", async () => {
      const file = await world.writeConfig("fault.json");
      await world.alter(file, (content) => ({ ...content, swarm: { url: "http://127.0.0.1:1" } }));
      // The CAT of a new registry is empty: everybody knows what is in it.
      const onEmpty = await publish([added.top], "--dry-run", "--config", "fault.json");
      expect([onEmpty.code, planOf(onEmpty).totals.new.paths]).to.deep.equal([0, 3]);
      await publishBatch(world.registry, makeRecord("other", Buffer.from("other")));
      const result = await publish([added.top], "--dry-run", "--config", "fault.json");
      expect([result.code, result.stderr]).to.deep.equal([0, ""]);
      const { registryUnknown, totals } = planOf(result);
      expect([registryUnknown?.code, totals.unknown.paths]).to.deep.equal(["SWARM_UNREACHABLE", 3]);
    });

    it("but a wrong registry is a fault", async () => {
      await world.writeConfig("fault.json", { chainId: 1 });
      const result = await publish([added.top], "--dry-run", "--config", "fault.json");
      expect([result.code, errorCodeOf(result), result.stdout]).to.deep.equal([1, "RPC_WRONG_CHAIN", ""]);
    });
  });
});
