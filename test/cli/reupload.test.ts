import { expect } from "chai";
import { rmSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { checkNarOf } from "../../src/consortium/check-nar.js";
import { type CatRecord, decodeRecord, formatRecord, MAX_RECORD_SIZE } from "../../src/cat/record.js";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { readBatchFile } from "../../src/consortium/batch-file.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { addSmallClosure, type SmallClosure } from "../publisher/support/published-store.js";
import { damageChunk } from "../support/damage-chunk.js";
import { approveBatch } from "../support/publish-batch.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { type Program, startProgram } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface Result {
  readonly files: number;
  readonly there: number;
  readonly sent: number;
  readonly repaired: number;
  readonly recent: number;
  readonly lost: readonly { what: string; address: string; storePath?: string }[];
  readonly catChunksSent?: number;
  readonly catChunksLost?: number;
}

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A real Nix's store, a real registry; what the node loses is damaged in its file. */
describe("catnix reupload", function () {
  this.timeout(120_000);
  let world: CliWorld;
  let folder: string;
  let nix: RealNix;
  let added: SmallClosure;
  let records: Map<string, { record: CatRecord; swarmId: string }>;
  let batchFile: string;
  before(async function () {
    world = await CliWorld.start();
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    added = addSmallClosure(nix, folder);
    await world.writeConfig("catnix.json", { finality: "latest" });
    batchFile = world.file("listed.json");
    const published = await world.runHere([
      ...["publish", added.top, added.tree, "--store", nix.root, "--json", "--out", batchFile],
    ]);
    expect(published.code).to.equal(0);
    await approveBatch(world.registry, (await readBatchFile(batchFile)).batch);
    mkdirSync(world.file(".catnix"), { recursive: true });
    const index = new IndexWriter(world.file(".catnix/index.sqlite"), world.registry.registry.id, "/nix/store");
    await (await world.registry.makeIndexer({ index })).step();
    index.close();
    const { paths } = JSON.parse(published.stdout) as { paths: { storePath: string; swarmId: string }[] };
    records = new Map();
    for (const { storePath, swarmId } of paths) {
      const text = await world.registry.store.readAll(swarmId, MAX_RECORD_SIZE);
      records.set(storePath, { record: decodeRecord(text, parseNixId(storePath)), swarmId });
    }
  });
  after(async () => {
    removeTree(folder);
    await world.close();
  });
  beforeEach(() => {
    rmSync(world.file(".catnix/reupload.sqlite"), { force: true });
    world.registry.swarmProxy.rule = () => undefined;
    world.registry.swarmProxy.requests.length = 0;
  });

  const parseNixId = (storePath: string) => parseStorePath(storePath).nixId;
  const run = (...args: string[]) => world.runHere(["reupload", ...args, "--store", nix.root, "--json"]);
  const ask = async (...args: string[]): Promise<Result> => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return JSON.parse(stdout) as Result;
  };
  const damage = (address: string) => damageChunk(world.registry.swarmFile, fromHex(address, 32));
  /** A chunk in the middle of the NAR of `tree`, which is random: its leaves are its own. */
  const damageLeaf = async () => {
    const { narAddress } = records.get(added.tree)!.record;
    const root = await world.registry.store.getChunk(narAddress);
    const middle = await world.registry.store.getChunk(toHex(root.subarray(8, 40)));
    damageChunk(world.registry.swarmFile, middle.subarray(8 + 32 * 5, 8 + 32 * 6));
  };
  const checkAll = async () => {
    for (const { record } of records.values()) await checkNarOf(record, world.registry.store);
  };
  const posts = () => world.registry.swarmProxy.requests.filter((request) => !request.startsWith("GET "));

  it("finds everything there, and sends nothing", async () => {
    // Four paths with record, NAR and listing each; two of them have the same listing.
    const all = await ask("--all");
    expect(all).to.deep.include({ there: all.files, sent: 0, repaired: 0, lost: [], catChunksSent: 0 });
    expect(all.files).to.be.within(9, 12);
    expect(posts()).to.deep.equal([]);
    expect(await ask("--all")).to.deep.include({ there: 0, recent: all.files });
    expect(await ask("--all", "--recheck")).to.deep.include({ there: all.files, recent: 0 });
    const closure = await ask("--closure", added.top, "--recheck");
    expect(closure.files).to.be.within(7, 9);
    const alone = await ask(added.tree, "--recheck");
    expect(alone).to.include({ files: 3, there: 3 });
    const batch = await ask("--batch", batchFile, "--recheck");
    expect(batch.files).to.equal(all.files + 2); // delta and pack
  });

  it("makes a NAR again from the Nix store, the very same bytes", async () => {
    await damageLeaf();
    const checked = await run(added.tree, "--check");
    expect([checked.code, errorCodeOf(checked), posts()]).to.deep.equal([1, "CONTENT_LOST", []]);
    const { lost } = JSON.parse(checked.stdout) as Result;
    const { narAddress } = records.get(added.tree)!.record;
    expect(lost).to.have.length(1);
    expect(lost[0]).to.include({ what: "nar", address: narAddress, storePath: added.tree });
    expect(await ask(added.tree)).to.deep.include({ files: 3, repaired: 1, lost: [] });
    await checkAll();
  });

  it("makes records and listings again, from the journal or the index", async () => {
    const { record, swarmId } = records.get(added.top)!;
    damage(swarmId);
    damage(record.listing!);
    expect(await ask(added.top)).to.include({ repaired: 2 });
    damage(swarmId);
    removeTree(world.file(".catnix/publisher.sqlite"));
    expect(await ask(added.top, "--recheck")).to.include({ repaired: 1 });
    expect(toHex(fileAddress(Buffer.from(formatRecord(record))))).to.equal(swarmId);
    await checkAll();
  });

  it("brings back chunks of the CAT, and the delta, from the index", async () => {
    const { batch } = await readBatchFile(batchFile);
    damage(batch.root);
    damage(batch.delta);
    const checked = await run("--all", "--check");
    expect([checked.code, errorCodeOf(checked), posts()]).to.deep.equal([1, "CONTENT_LOST", []]);
    expect((JSON.parse(checked.stdout) as Result).catChunksLost).to.equal(1);
    expect(await ask("--batch", batchFile)).to.include({ repaired: 1, catChunksSent: 1 });
    await world.registry.store.getChunk(batch.root);
    await world.registry.store.readAll(batch.delta, 1000);
  });

  it("says what is lost and cannot be made here, and goes on with the others", async () => {
    const { batch } = await readBatchFile(batchFile);
    damage(batch.pack);
    await damageLeaf();
    const failed = await run("--batch", batchFile);
    expect([failed.code, errorCodeOf(failed)]).to.deep.equal([1, "REUPLOAD_INCOMPLETE"]);
    const { lost, repaired } = JSON.parse(failed.stdout) as Result;
    expect([lost.map(({ what, address }) => [what, address]), repaired]).to.deep.equal([[["pack", batch.pack]], 1]);
    const elsewhere = (await makeTempFolder()).path;
    try {
      await damageLeaf();
      const other = setUpRealNixIn(elsewhere);
      const without = await world.runHere(["reupload", added.tree, "--recheck", "--store", other.root, "--json"]);
      expect(errorCodeOf(without)).to.equal("REUPLOAD_INCOMPLETE");
      expect((JSON.parse(without.stdout) as Result).lost[0]).to.include({ what: "nar", storePath: added.tree });
    } finally {
      removeTree(elsewhere);
    }
    expect(await ask(added.tree, "--recheck")).to.include({ repaired: 1 });
    await checkAll();
  });

  it("has another batch pay for what is there", async () => {
    const { url } = world.registry.swarmProxy;
    const bought = await fetch(`${url}/stamps/600000000000/20`, { method: "POST" });
    const { batchID } = (await bought.json()) as { batchID: string };
    const swarm = { url, postageBatch: batchID };
    const config = await world.writeConfig("restamp.json", { finality: "latest" }, { swarm });
    world.registry.swarmProxy.requests.length = 0;
    const sent = await ask("--config", config, added.tree, "--restamp");
    expect(sent).to.include({ files: 3, sent: 3, there: 0 });
    expect(posts().filter((request) => request.startsWith("PUT /stewardship/"))).to.have.length(3);
    expect(await ask("--config", config, added.tree, "--restamp")).to.include({ recent: 3, sent: 0 });
  });

  it("reads what a proxy gives that is no steward, and uploads what it does not", async () => {
    world.registry.swarmProxy.rule = ({ url }) =>
      url!.startsWith("/stewardship") ? { kind: "status", status: 404, message: "Not Found" } : undefined;
    expect(await ask(added.tree)).to.include({ there: 3 });
    await damageLeaf();
    expect(await ask(added.tree, "--recheck")).to.include({ there: 2, repaired: 1 });
    await checkAll();
  });

  it("does not take its own cache for the network", async () => {
    const { url } = world.registry.swarmProxy;
    const swarm = { url, cacheDir: world.file("cache") };
    const config = await world.writeConfig("cached.json", { finality: "latest" }, { swarm });
    const fetched = await world.runHere(["fetch", added.tree, "--out", world.file("fetched"), "--config", config]);
    expect(fetched.code).to.equal(0);
    expect(await world.list("cache")).to.include(records.get(added.tree)!.record.narAddress.slice(0, 2));
    world.registry.swarmProxy.rule = ({ url: asked }) =>
      asked!.startsWith("/stewardship") ? { kind: "status", status: 404, message: "Not Found" } : undefined;
    await damageLeaf();
    expect(await ask("--config", config, added.tree)).to.include({ there: 2, repaired: 1 });
    await checkAll();
  });

  it("goes on where a run was ended", async () => {
    let looks = 0;
    world.registry.swarmProxy.rule = ({ url }) =>
      url!.startsWith("/stewardship") && ++looks > 4 ? { kind: "status", status: 400, message: "no more" } : undefined;
    const ended = await run("--all", "--jobs", "1");
    expect([ended.code, errorCodeOf(ended)]).to.deep.equal([1, "SWARM_REQUEST_REFUSED"]);
    world.registry.swarmProxy.rule = () => undefined;
    expect(await ask("--all")).to.include({ recent: 4 });
  });

  it("goes on where a run was killed, in the middle of an upload as well", async () => {
    const args = ["--config", world.file("catnix.json"), "reupload", "--all", "--jobs", "1", "--store", nix.root];
    let program: Program | undefined;
    const killAt = async (isHere: (request: string) => boolean) => {
      world.registry.swarmProxy.rule = ({ method, url }) => {
        if (!isHere(`${method} ${url}`)) return undefined;
        void program!.kill();
        return { kind: "hang" };
      };
      program = startProgram(main, args);
      while ((await program.nextLine()) !== undefined);
      world.registry.swarmProxy.rule = () => undefined;
    };
    let looks = 0;
    await killAt((request) => request.startsWith("GET /stewardship/") && ++looks === 4);
    await damageLeaf();
    rmSync(world.file(".catnix/reupload.sqlite"));
    await killAt((request) => request === "POST /bytes"); // the NAR of `tree`, nothing else is lost
    const resumed = await ask("--all");
    expect(resumed).to.include({ repaired: 1, there: resumed.files - resumed.recent - 1 });
    expect(resumed.recent).to.be.within(0, resumed.files - 1);
    await checkAll();
  });

  it("refuses what it cannot know, and mistakes", async () => {
    const unknown = `/nix/store/${"0".repeat(31)}1-unknown`;
    const refused: [code: string, ...args: string[]][] = [
      ["USAGE"],
      ["USAGE", "--all", added.top],
      ["USAGE", "--all", "--batch", batchFile],
      ["USAGE", "--all", "--check", "--restamp"],
      ["CAT_PATH_UNKNOWN", unknown],
      ["FILE_UNREADABLE", "--batch", world.file("none.json")],
    ];
    for (const [code, ...args] of refused)
      expect([...args, errorCodeOf(await run(...args))]).to.deep.equal([...args, code]);
    const mutable = await fetch(`${world.registry.swarmProxy.url}/stamps/600000000000/20`, {
      ...{ method: "POST", headers: { immutable: "false" } },
    });
    const { batchID } = (await mutable.json()) as { batchID: string };
    const swarm = { url: world.registry.swarmProxy.url, postageBatch: batchID };
    const config = await world.writeConfig("mutable.json", { finality: "latest" }, { swarm });
    expect(errorCodeOf(await run("--config", config, added.tree))).to.equal("STAMP_MUTABLE");
    expect(await ask("--config", config, added.tree, "--allow-mutable")).to.include({ there: 3 });
  });

  it("says it in lines", async () => {
    const { stdout, code } = await world.runHere(["reupload", added.tree, "--store", nix.root]);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/^there +3 of 3 files/m)
      .and.to.match(/^repaired +0/m);
  });

  function setUpRealNixIn(place: string): RealNix {
    const root = join(place, "empty");
    mkdirSync(join(root, "nix/var/nix/db"), { recursive: true });
    const from = join(nix.root, "nix/var/nix/db/db.sqlite");
    const to = new DatabaseSync(join(root, "nix/var/nix/db/db.sqlite"));
    to.exec(`ATTACH '${from}' AS source`);
    for (const { sql } of to
      .prepare("SELECT sql FROM source.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all())
      to.exec(String(sql));
    to.close();
    mkdirSync(join(root, "nix/store"), { recursive: true });
    return { ...nix, root };
  }
});
