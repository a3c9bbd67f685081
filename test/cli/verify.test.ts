import { expect } from "chai";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { toHex } from "../../src/encoding/hex.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { parseNixSha256 } from "../../src/nix/nix-hash.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { type VerificationJson, verificationSchema } from "../../src/verifier/verification-format.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { RpcRefusal } from "../support/rpc-proxy.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

const NAMES = ["good", "edited", "other", "gone", "alarmed", "lost", "strange"] as const;
type Name = (typeof NAMES)[number];

/** A real Nix's store with a path of every sort, a real registry that lists them as it should. */
describe("catnix verify and catnix audit", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let folder: string;
  let nix: RealNix;
  const paths = {} as Record<Name, string>;
  const recordOf = (name: Name, contents?: string) => {
    const nar = contents === undefined ? nix.run("nix-store", "--dump", onDisk(name)) : Buffer.from(contents);
    return makeRecord(name, nar, { storePath: paths[name] });
  };
  const onDisk = (name: Name) => join(nix.root, paths[name]);
  before(async function () {
    world = await CliWorld.start();
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    for (const name of NAMES) {
      const file = join(folder, name);
      writeFileSync(file, `contents of ${name}\n`);
      paths[name] = nix.run("nix-store", "--add", file).toString().trim();
    }
    const alarmed = recordOf("alarmed");
    const others = (["good", "edited", "gone", "lost"] as const).map((name) => recordOf(name));
    await publishBatch(world.registry, ...others, alarmed, recordOf("other", "another build of it"));
    await publishBatch(world.registry, { tombstone: paths.gone });
    const { registry, guardian } = world.registry;
    await withdrawBuild(registry, guardian, toHex(swarmIdOf(alarmed)), "a backdoor");
    await world.writeConfig("catnix.json", { finality: "latest" });
    chmodSync(onDisk("edited"), 0o644);
    writeFileSync(onDisk("edited"), "contents of edited!\n");
  });
  after(async () => {
    removeTree(folder);
    await world.close();
  });
  const loseRecord = () => {
    const lost = `/bytes/${toHex(swarmIdOf(recordOf("lost")))}`;
    world.registry.swarmProxy.rule = ({ url }) => (url!.startsWith(lost) ? { kind: "status", status: 404 } : undefined);
  };
  afterEach(() => {
    world.registry.swarmProxy.rule = () => undefined;
  });

  const run = (...args: string[]) => world.runHere([...args, "--store", nix.root, "--json"]);
  /** What is printed, which fits the schema, with the code of the error and the exit code. */
  const ask = async (...args: string[]) => {
    const result = await run(...args);
    const json: VerificationJson = verificationSchema.parse(JSON.parse(result.stdout));
    const statuses = Object.fromEntries(
      json.paths.map(({ storePath, status }) => [parseStorePath(storePath).name, status]),
    );
    return { json, statuses, exit: result.code, code: result.code === 0 ? undefined : errorCodeOf(result) };
  };
  const allOf = (...names: Name[]) => names.map((name) => paths[name]);

  it("ends with 0 for what is approved, by its path, its base name and a link", async () => {
    const { baseName } = parseStorePath(paths.good);
    const { json, exit } = await ask("verify", paths.good, baseName, onDisk("good"));
    expect([exit, json.counts.approved, json.paths.length]).to.deep.equal([0, 1, 1]);
    expect(json.paths[0]).to.include({ storePath: paths.good, status: "approved", seq: 1 });
    expect(json.paths[0]!.approvedNarHash).to.equal(json.paths[0]!.narHash);
    const closure = await ask("verify", "--closure", "--contents", paths.good);
    expect([closure.exit, closure.json.contents]).to.deep.equal([0, true]);
  });

  it("says of the others what they are, and what to do, and ends with VERIFICATION_FAILED and 1", async () => {
    loseRecord();
    const { json, statuses, exit, code } = await ask("verify", "--contents", ...Object.values(paths));
    expect([exit, code]).to.deep.equal([1, "VERIFICATION_FAILED"]);
    expect(statuses).to.deep.equal({
      ...{ gone: "withdrawn", alarmed: "withdrawn", edited: "modified", other: "differs" },
      ...{ lost: "unreadable", strange: "unknown", good: "approved" },
    });
    const find = (name: Name) => json.paths.find(({ storePath }) => storePath === paths[name])!;
    expect(find("gone")).to.include({ withdrawnBy: "quorum", seq: 2 });
    expect(find("alarmed")).to.include({ withdrawnBy: "guardian", seq: 1, reason: "a backdoor" });
    expect(find("other").approvedNarHash).to.be.a("string").that.does.not.equal(find("other").narHash);
    expect(find("edited").foundNarHash).to.be.a("string").that.does.not.equal(find("edited").narHash);
    expect(find("edited").fix).to.equal(`nix-store --store ${nix.root} --repair-path ${paths.edited}`);
    expect(find("gone").fix).to.equal(`nix-store --store ${nix.root} --delete ${paths.gone}`);
    expect([find("lost").fix, find("strange").fix]).to.deep.equal([undefined, undefined]);
  });

  it("does not look at the disk where it is not told to", async () => {
    expect((await ask("verify", paths.edited)).statuses).to.deep.equal({ edited: "approved" });
  });

  it("takes what the registry does not list for no error, but with --strict for PATHS_UNKNOWN and 3", async () => {
    const listed = allOf("good", "strange");
    expect((await ask("verify", ...listed)).exit).to.equal(0);
    const strict = await ask("verify", "--strict", ...listed);
    expect([strict.exit, strict.code]).to.deep.equal([3, "PATHS_UNKNOWN"]);
    // What is wrong counts for more than what is unknown.
    expect((await ask("verify", "--strict", ...listed, paths.gone)).code).to.equal("VERIFICATION_FAILED");
  });

  it("refuses what is not in the store, before it asks anybody", async () => {
    const absent = await run("verify", `/nix/store/${"1".repeat(32)}-absent`);
    expect([absent.stdout, errorCodeOf(absent)]).to.deep.equal(["", "STORE_PATH_NOT_VALID"]);
    expect(errorCodeOf(await run("verify", join(folder, "good")))).to.equal("STORE_PATH_NOT_FOUND");
    const other = await world.runHere(["verify", paths.good, "--store", join(folder, "nowhere"), "--json"]);
    expect(errorCodeOf(other)).to.equal("NIX_DB_UNREADABLE");
  });

  it("audits the whole store: a summary, and what needs something done", async () => {
    const { json, statuses, exit } = await ask("audit");
    expect(exit).to.equal(1);
    expect(statuses).to.deep.equal({ gone: "withdrawn", alarmed: "withdrawn", other: "differs" });
    expect(json.counts).to.deep.equal({
      ...{ withdrawn: 2, modified: 0, differs: 1, unreadable: 0, unknown: 1, approved: 3 },
    });
    const all = await ask("audit", "--all", "--contents", "--jobs", "1");
    expect(all.json.paths).to.have.length(NAMES.length);
    expect(all.statuses).to.include({ edited: "modified", strange: "unknown" });
  });

  it("tells people the same, with what there is to run", async () => {
    const { stdout, stderr, code } = await world.runHere(["audit", "--contents", "--store", nix.root]);
    expect(code).to.equal(1);
    for (const fact of [paths.gone, "a backdoor", `--repair-path ${paths.other}`, `--delete ${paths.alarmed}`])
      expect(stdout).to.include(fact);
    expect(stdout).to.match(/7 paths, files hashed: 2 approved, 1 unknown, 1 differs, 1 modified, 2 withdrawn/);
    expect(stderr).to.include("VERIFICATION_FAILED");
  });

  it("asks the chain no more for many paths than for one; path by path only where its events cannot be had", async () => {
    const { rpcProxy } = world.registry;
    const proxied = await world.writeConfig("proxied.json", { finality: "latest", rpcUrl: rpcProxy.url });
    const countCalls = async (...args: string[]) => {
      rpcProxy.calls.length = 0;
      const { statuses } = await ask(...args, "--config", proxied);
      return { calls: rpcProxy.calls.length, statuses };
    };
    const [one, all] = [await countCalls("verify", paths.alarmed), await countCalls("audit")];
    expect(all.calls).to.equal(one.calls);
    expect(await countCalls("audit", "--light", "--agree", "1")).to.deep.include({ statuses: all.statuses });
    rpcProxy.rule = ({ method }, result) => {
      if (method === "eth_getLogs") throw new RpcRefusal("no events so old");
      return result;
    };
    try {
      const asked = await countCalls("audit");
      expect(asked.statuses).to.deep.equal(all.statuses);
      expect(asked.calls).to.be.above(all.calls);
    } finally {
      rpcProxy.rule = (_call, result) => result;
    }
  });

  it("says of a path without files that it is modified", async () => {
    const hidden = `${onDisk("good")}.hidden`;
    nix.run("nix-store", "--verify-path", paths.good);
    renameSync(onDisk("good"), hidden);
    try {
      const { json, statuses } = await ask("verify", "--contents", paths.good);
      expect(statuses).to.deep.equal({ good: "modified" });
      expect(json.paths[0]).to.have.property("reason").that.is.a("string");
    } finally {
      renameSync(hidden, onDisk("good"));
    }
  });

  it("needs neither chain nor Swarm with an index, and believes nothing that was changed in its file", async () => {
    const file = world.file(".catnix/index.sqlite");
    mkdirSync(world.file(".catnix"), { recursive: true });
    const index = new IndexWriter(file, world.registry.registry.id, "/nix/store");
    await (await world.registry.makeIndexer({ index })).step();
    index.close();
    try {
      const requests = () => world.registry.swarmProxy.requests.length;
      const before = requests();
      const wanted = { gone: "withdrawn", alarmed: "withdrawn", other: "differs" };
      const offline = await ask("audit", "--from", "index");
      expect([offline.statuses, offline.json.from]).to.deep.equal([wanted, "index"]);
      expect(requests()).to.equal(before);
      // Rows that are not those of the CAT, a chunk that is none, a record that says what an attacker wants.
      const database = new DatabaseSync(file);
      database.exec("UPDATE rows SET swarm_id = randomblob(32)");
      database.exec("UPDATE chunks SET data = zeroblob(4104)");
      database
        .prepare("UPDATE records SET text = replace(text, ?, ?)")
        .run(recordOf("other", "another build of it").narHash, recordOf("other").narHash);
      database.close();
      expect((await ask("audit")).statuses).to.deep.equal(wanted);
      expect(requests()).to.be.above(before);
    } finally {
      rmSync(world.file(".catnix"), { recursive: true });
    }
  });

  it("proposes a deletion that Nix takes", () => {
    nix.run("nix-store", "--delete", paths.gone);
    expect(existsSync(onDisk("gone"))).to.equal(false);
  });

  it("proposes a repair by which Nix takes the approved build from a cache", async () => {
    const path = `/nix/store/${"1".repeat(32)}-forged`;
    const other = join(folder, "other-root");
    /** Files and a row of the database, as any build leaves them. */
    const register = (root: string, contents: string) => {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents);
      const record = makeRecord("forged", nix.run("nix-store", "--dump", file), { storePath: path });
      const hash = toHex(parseNixSha256(record.narHash));
      nix.feed(Buffer.from(`${path}\n${hash}\n${record.narSize}\n\n0\n`), "nix-store", "--store", root, "--load-db");
      return record;
    };
    register(nix.root, "forged\n");
    await publishBatch(world.registry, register(other, "approved\n"));
    const cache = `file://${join(folder, "cache")}`;
    nix.run("nix", "copy", "--from", other, "--to", cache, "--no-check-sigs", path);
    const { json } = await ask("verify", path);
    expect(json.paths[0]).to.include({
      status: "differs",
      fix: `nix-store --store ${nix.root} --repair-path ${path}`,
    });
    const from = ["--option", "substituters", cache, "--option", "require-sigs", "false"];
    nix.run("nix-store", ...from, "--repair-path", path);
    expect((await ask("verify", "--contents", path)).statuses).to.deep.equal({ forged: "approved" });
  });
});
