import { expect } from "chai";
import { once } from "node:events";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { spawn } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { compareBytes } from "../../src/encoding/bytes.js";
import { toHex } from "../../src/encoding/hex.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { openNixStore } from "../../src/nixdb/nix-store.js";
import { HashedPaths } from "../../src/verifier/hashed-paths.js";
import { type VerificationJson, verificationSchema } from "../../src/verifier/verification-format.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand, errorCodeOf } from "./support/run-cli.js";

const PATHS = 12;

/** A whole store under audit: interrupted, gone on with, and with a database that somebody spoilt. */
describe("catnix audit of a store", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let folder: string;
  let nix: RealNix;
  /** In the order in which an audit takes them. */
  let paths: string[];
  const swarmIds = new Map<string, string>();
  const onDisk = (path: string) => join(nix.root, path);
  before(async function () {
    world = await CliWorld.start();
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    const files = Array.from({ length: PATHS }, (_, at) => join(folder, `file-${at}`));
    for (const file of files) writeFileSync(file, `contents of ${file}\n`);
    const added = nix
      .run("nix-store", "--add", ...files)
      .toString()
      .trim()
      .split("\n");
    const records = added.map((storePath) => {
      const record = makeRecord(storePath.slice(44), nix.run("nix-store", "--dump", onDisk(storePath)), { storePath });
      swarmIds.set(storePath, toHex(swarmIdOf(record)));
      return record;
    });
    await publishBatch(world.registry, ...records);
    await world.writeConfig("catnix.json", { finality: "latest" });
    paths = added.sort((a, b) => compareBytes(parseStorePath(a).nixId, parseStorePath(b).nixId));
  });
  after(async () => {
    removeTree(folder);
    await world.close();
  });
  afterEach(() => {
    world.registry.swarmProxy.rule = () => undefined;
  });

  const audit = async (...args: string[]) => {
    const result = await world.runHere(["audit", "--store", nix.root, "--json", ...args]);
    const json: VerificationJson | undefined =
      result.stdout === "" ? undefined : verificationSchema.parse(JSON.parse(result.stdout));
    return { ...result, json };
  };

  it("goes on after kill -9 with what it had not hashed, and finds what was touched since", async () => {
    const hangs = swarmIds.get(paths.at(-1)!)!;
    world.registry.swarmProxy.rule = ({ url }) => (url!.includes(hangs) ? { kind: "hang" } : undefined);
    const [program, args] = cliCommand(["audit", "--contents", "--jobs", "1", "--store", nix.root]);
    const child = spawn(program, args, { cwd: world.folder, stdio: "ignore" });
    const file = world.file(".catnix/audit.sqlite");
    while (countHashed(file) < PATHS - 1) await setTimeout(20);
    child.kill("SIGKILL");
    await once(child, "exit");

    world.registry.swarmProxy.rule = () => undefined;
    const [touched] = paths;
    const { size } = statSync(onDisk(touched!));
    chmodSync(onDisk(touched!), 0o644);
    writeFileSync(onDisk(touched!), "x".repeat(size));
    chmodSync(onDisk(touched!), 0o444);
    const people = await world.runHere(["audit", "--contents", "--store", nix.root, "--jobs", "0"]);
    expect(people.code).to.equal(64); // wrong arguments spoil nothing
    const { json, code } = await audit("--contents");
    expect(code).to.equal(4);
    expect(json!.counts).to.include({ modified: 1, approved: PATHS - 1 });
    expect(json!.paths[0]).to.include({ storePath: touched, status: "modified" });
    expect(json!.hashedSince).to.be.a("number");
    // It came to its end: the next one begins anew.
    expect((await audit("--contents")).json).not.to.have.property("hashedSince");
  });

  it("ends at Ctrl-C with 130, without a word on standard output, and two at once do not disturb each other", async () => {
    const hangs = swarmIds.get(paths.at(-1)!)!;
    world.registry.swarmProxy.rule = ({ url }) => (url!.includes(hangs) ? { kind: "hang" } : undefined);
    const [program, args] = cliCommand(["audit", "--contents", "--jobs", "1", "--store", nix.root]);
    const child = spawn(program, args, { cwd: world.folder, stdio: ["ignore", "pipe", "ignore"] });
    const printed: Buffer[] = [];
    child.stdout.on("data", (piece: Buffer) => printed.push(piece));
    while (countHashed(world.file(".catnix/audit.sqlite")) < 1) await setTimeout(20);
    const exited = once(child, "exit");
    child.kill("SIGINT");
    expect(await exited).to.deep.equal([130, null]);
    expect(Buffer.concat(printed).toString()).to.equal("");

    world.registry.swarmProxy.rule = () => undefined;
    const two = [1, 2].map(() => world.run(["audit", "--contents", "--store", nix.root, "--json"]));
    const counts = (await Promise.all(two)).map(({ stdout }) => verificationSchema.parse(JSON.parse(stdout)).counts);
    expect(counts[0])
      .to.deep.equal(counts[1])
      .and.to.include({ approved: PATHS - 1 });
  });

  it("hashes everything again with --fresh, and tells people from when the hashes are", async () => {
    const interrupt = () => {
      const [file, now] = [world.file(".catnix/audit.sqlite"), Math.floor(Date.now() / 1000)];
      const memory = new HashedPaths(file, join(nix.root, "nix/store"), now, (error) => expect.fail(error.message));
      using store = openNixStore({ root: nix.root });
      memory.add(store.queryPathInfo(paths[1]!)!, new Uint8Array(32), now);
      memory.close();
    };
    interrupt();
    const people = await world.runHere(["audit", "--contents", "--store", nix.root]);
    expect(people.stderr).to.match(/goes on with .*: 1 path hashed since \d{4}-.*--fresh/);
    expect(people.stdout).to.match(/12 paths, files hashed since \d{4}-/);
    interrupt();
    expect((await audit("--contents", "--fresh")).json).not.to.have.property("hashedSince");
  });

  it("does without its memory where there is no place for one", async () => {
    const file = world.file("no-folder");
    writeFileSync(file, "");
    const config = await world.writeConfig("elsewhere.json", { finality: "latest" }, { stateDir: join(file, "state") });
    const { stderr, code } = await world.runHere(["audit", "--contents", "--store", nix.root, "--config", config]);
    expect(code).to.equal(4);
    expect(stderr).to.include("will be hashed again");
  });

  it("takes a store by a relative path, and proposes what can be run anywhere", async () => {
    const { json } = await audit("--contents", "--store", relative(process.cwd(), nix.root));
    expect(json!.paths[0]!.fix).to.equal(`nix-store --store ${nix.root} --repair-path ${paths[0]}`);
  });

  it("checks all others where Nix's database has one row that makes no sense, and names that one", async () => {
    const database = new DatabaseSync(join(nix.root, "nix/var/nix/db/db.sqlite"));
    const spoilt = paths[3]!;
    try {
      for (const [column, value] of [
        ["hash", "sha256:\u001b[2Jxyz"],
        ["narSize", -1],
        ["sigs", "not a signature"],
        ["deriver", "/etc/passwd"],
      ] as const) {
        const { was } = database.prepare(`select ${column} as was from ValidPaths where path = ?`).get(spoilt)!;
        database.prepare(`update ValidPaths set ${column} = ? where path = ?`).run(value, spoilt);
        const { json, code } = await audit();
        expect(code, column).to.equal(4);
        expect(json!.counts, column).to.include({ unreadable: 1, approved: PATHS - 1 });
        expect(json!.paths[0], column)
          .to.include({ storePath: spoilt, status: "unreadable" })
          .and.to.have.property("reason");
        const { stdout } = await world.runHere(["audit", "--store", nix.root]);
        expect(stdout).not.to.match(/[^\P{Cc}\n]/u);
        database.prepare(`update ValidPaths set ${column} = ? where path = ?`).run(was!, spoilt);
      }
    } finally {
      database.close();
    }
  });

  it("ends where the database is none, of a kind that is not known, or locked for good", async () => {
    const root = join(folder, "hostile");
    const db = join(root, "nix/var/nix/db");
    mkdirSync(db, { recursive: true });
    const file = join(db, "db.sqlite");
    const codeOfAudit = async () => errorCodeOf(await world.runHere(["audit", "--store", root, "--json"]));
    writeFileSync(file, "this is no database ".repeat(500));
    expect(await codeOfAudit()).to.equal("NIX_DB_UNREADABLE");
    writeFileSync(file, "");
    expect(await codeOfAudit()).to.equal("NIX_DB_SCHEMA_UNKNOWN");
    const locker = new DatabaseSync(file);
    try {
      locker.exec("CREATE TABLE ValidPaths (id); BEGIN EXCLUSIVE; INSERT INTO ValidPaths VALUES (1)");
      expect(await codeOfAudit()).to.equal("NIX_DB_UNREADABLE");
    } finally {
      locker.close();
    }
    expect(errorCodeOf(await world.runHere(["audit", "--store", file, "--json"]))).to.equal("NIX_DB_UNREADABLE");
  });
});

function countHashed(file: string): number {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return Number(database.prepare("SELECT count(*) AS paths FROM hashed").get()!["paths"]);
    } finally {
      database.close();
    }
  } catch {
    return 0; // not there yet
  }
}
