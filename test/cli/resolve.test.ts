import { expect } from "chai";
import { mkdir, symlink } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import type { CatRecord } from "../../src/cat/record.js";
import { verifyAbsence } from "../../src/cat/absence.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import { createIndexer } from "../../src/indexer/create-indexer.js";
import { silentLogger } from "../../src/log/logger.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { contractAt } from "../../src/registry/contract.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { type ResolutionJson, resolutionSchema } from "../../src/resolver/resolution-format.js";
import { makeRecord, makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { encodeNar } from "../support/nar-tree.js";
import { approveBatch, draftBatch, type Entry, publishBatch } from "../support/publish-batch.js";
import { askCli } from "./support/ask-cli.js";
import { CliWorld } from "./support/cli-world.js";

function recordOf(name: string, fields: Partial<CatRecord> = {}): CatRecord {
  return makeRecord(name, encodeNar({ type: "regular", executable: false, contents: Buffer.from(name) }), fields);
}

describe("catnix resolve", function () {
  this.timeout(60_000);
  let world: CliWorld;
  const [hello, gone, alarmed, whole] = ["hello", "gone", "alarmed", "whole"].map((name) => recordOf(name));
  before(async () => {
    world = await CliWorld.start();
    // Enough rows that the CAT has a level above its buckets.
    const others = Array.from({ length: 90 }, (_, i) => recordOf(`other-${i}`));
    await publish(hello!, gone!, alarmed!, ...others);
    await publish({ tombstone: gone!.storePath }, whole!);
    await withdrawBuild(world.registry.registry, world.registry.guardian, toHex(swarmIdOf(alarmed!)), "a backdoor");
    await withdrawBatch(world.registry.registry, world.registry.guardian, 2, "builder lost");
  });
  after(() => world.close());
  afterEach(() => {
    world.registry.swarmProxy.rule = () => undefined;
  });

  const publish = (...entries: Entry[]) => publishBatch(world.registry, ...entries);

  /** What is printed, which fits the schema, and the error's code where there is one. */
  async function resolve(
    path: string,
    ...options: string[]
  ): Promise<{ json: ResolutionJson; code: string | undefined }> {
    const { stdout, code } = await askCli("--config", world.file("catnix.json"), "resolve", "--json", path, ...options);
    expect(stdout, code).to.match(/^\{.*\}\n$/);
    return { json: resolutionSchema.parse(JSON.parse(stdout)), code };
  }

  async function codeOfResolve(...args: string[]): Promise<string | undefined> {
    const { stdout, code } = await askCli("--config", world.file("catnix.json"), "resolve", "--json", ...args);
    expect(stdout).to.equal("");
    return code;
  }

  it("prints the record's address, and a proof that the contract takes as it is printed and not when it is altered", async () => {
    const { json, code } = await resolve(hello!.storePath);
    expect(code).to.equal(undefined);
    const { seq, cat } = await world.registry.registry.state();
    expect(cat.depth).to.be.greaterThan(0);
    expect(json).to.deep.include({ status: "approved", from: "chain", seq, root: cat.root, depth: cat.depth });
    expect(json.swarmId).to.equal(toHex(swarmIdOf(hello!)));
    expect(toHex(fileAddress(Buffer.from(json.narInfo!)))).to.equal(json.swarmId);
    expect(json.record).to.deep.equal(hello);
    expect(json.batch).to.include({ seq: 1 }).and.have.property("digest").match(/^0x/);
    expect(json.batch!.approvers).to.have.length(2);
    expect(json.index).to.equal(undefined);

    const { chain, id } = world.registry.registry;
    const contract = contractAt(id.registry, chain.provider);
    const { row, slot, siblings, ...proof } = json.proof!;
    expect(siblings).to.have.length(6 + 7 * Math.ceil(cat.depth / 7));
    expect(await contract.isApproved(row, proof.seq, slot, siblings)).to.equal(true);
    const flip = (word: string) => word.slice(0, -1) + (word.endsWith("0") ? "1" : "0");
    expect(await contract.isApproved({ ...row, swarmId: flip(row.swarmId) }, proof.seq, slot, siblings)).to.equal(
      false,
    );
    expect(await contract.isApproved({ ...row, nixId: flip(row.nixId) }, proof.seq, slot, siblings)).to.equal(false);
    expect(await contract.isApproved(row, proof.seq + 1, slot, siblings)).to.equal(false);
    expect(await contract.isApproved(row, proof.seq, slot ^ 1, siblings)).to.equal(false);
    expect(await contract.isApproved(row, proof.seq, slot, siblings.slice(1))).to.equal(false);
    const [first, ...rest] = siblings;
    expect(await contract.isApproved(row, proof.seq, slot, [flip(first!), ...rest])).to.equal(false);
  });

  it("takes a hash, a base name, something below a path, a link; and says the same to people", async () => {
    const { baseName, hashPart } = parseStorePath(hello!.storePath);
    await symlink(`${hello!.storePath}/bin`, world.file("result"));
    const found = [];
    for (const path of [hashPart, baseName, `${hello!.storePath}/bin/hello`, world.file("result")])
      found.push((await resolve(path)).json.swarmId);
    expect(new Set(found)).to.deep.equal(new Set([toHex(swarmIdOf(hello!))]));
    const { stdout, code } = await world.run(["resolve", baseName]); // as a process
    expect(code).to.equal(0);
    for (const fact of [hello!.storePath, hello!.narAddress, hello!.narHash, found[0]!])
      expect(stdout).to.include(fact);
  });

  it("proves that a path is not listed, and ends with CAT_PATH_UNKNOWN", async () => {
    const path = makeStorePath("never-heard-of");
    const { json, code } = await resolve(path);
    expect([code, json.status, json.swarmId, json.proof]).to.deep.equal([
      "CAT_PATH_UNKNOWN",
      "unknown",
      undefined,
      undefined,
    ]);
    const bucket = Buffer.from(json.absence!.rows.map((row) => row.slice(2)).join(""), "hex");
    const siblings = json.absence!.siblings.map((sibling) => fromHex(sibling.slice(2), 32));
    expect(verifyAbsence(json, parseStorePath(path).nixId, { bucket, siblings })).to.equal(true);
    expect(verifyAbsence(json, parseStorePath(hello!.storePath).nixId, { bucket, siblings })).to.equal(false);
  });

  it("proves what was withdrawn, by whom, and ends with CAT_PATH_WITHDRAWN", async () => {
    const tombstone = await resolve(gone!.storePath);
    expect([tombstone.code, tombstone.json.status]).to.deep.equal(["CAT_PATH_WITHDRAWN", "withdrawn"]);
    expect(tombstone.json.withdrawal).to.deep.include({ by: "quorum" });
    const build = await resolve(alarmed!.storePath);
    expect([build.code, build.json.swarmId]).to.deep.equal(["CAT_PATH_WITHDRAWN", undefined]);
    expect(build.json.withdrawal).to.deep.equal({ by: "guardian", batch: false, through: 3 });
    const batch = await resolve(whole!.storePath);
    expect(batch.json.withdrawal).to.deep.equal({ by: "guardian", batch: true, through: 0 });
    const { stderr } = await world.run(["resolve", alarmed!.storePath]);
    expect(stderr).to.include("a backdoor");
  });

  it("asks the index where there is one, and says how far it is; without the chain with --from index", async () => {
    const { registry, deploymentBlock, store } = world.registry;
    await mkdir(world.file("indexed"));
    const file = world.file("indexed/index.sqlite");
    const index = new IndexWriter(file, registry.id, "/nix/store");
    const follow = { deploymentBlock, finality: "latest", pollSeconds: 1, logRange: 1000, log: silentLogger } as const;
    await createIndexer({ registry, store, index, ...follow }).step();
    const stateDir = world.file("indexed");
    const online = await world.writeConfig("indexed.json", { finality: "latest" }, { stateDir });
    const down = await world.writeConfig("down.json", { rpcUrl: "http://127.0.0.1:1" }, { stateDir });
    const ask = async (config: string, ...args: string[]) => {
      const { stdout, code } = await askCli("--config", config, "resolve", "--json", ...args);
      return { json: stdout === "" ? undefined : resolutionSchema.parse(JSON.parse(stdout)), code };
    };
    const { json } = await ask(online, hello!.storePath);
    expect(json!.index).to.include({ seq: 2, current: true });
    expect(json!.batch).to.include({ seq: 1, final: true });
    expect((await ask(online, "--from", "chain", hello!.storePath)).json!.index).to.equal(undefined);

    for (const [path, status, code] of [
      [hello!.storePath, "approved", undefined],
      [alarmed!.storePath, "withdrawn", "CAT_PATH_WITHDRAWN"],
      [makeStorePath("never-heard-of"), "unknown", "CAT_PATH_UNKNOWN"],
    ] as const) {
      const offline = await ask(down, "--from", "index", path);
      expect([offline.code, offline.json!.from, offline.json!.status]).to.deep.equal([code, "index", status]);
      const { proof, absence } = (await ask(online, path)).json!;
      expect([offline.json!.proof, offline.json!.absence]).to.deep.equal([proof, absence]);
    }
    expect((await ask(down, hello!.storePath)).code).to.equal("RPC_UNAVAILABLE");

    // A row that was changed in the file.
    const other = new Uint8Array(32).fill(7);
    const { nixId } = parseStorePath(hello!.storePath);
    index.close();
    const database = new DatabaseSync(file);
    database.prepare("UPDATE rows SET swarm_id = ? WHERE nix_id = ?").run(other, nixId);
    database.close();
    expect((await ask(online, hello!.storePath)).code).to.equal("INDEX_DISAGREES");
  });

  it("ends with the record's error where that is none, of another path or lost, after the proof", async () => {
    const paths = ["garbage", "swapped", "lost"].map(makeStorePath);
    const [garbage, swapped] = paths;
    const swappedContent = Buffer.from((await resolve(hello!.storePath)).json.narInfo!);
    await publish(
      { storePath: garbage!, content: Buffer.from("no narinfo\n") },
      { storePath: swapped!, content: swappedContent },
      recordOf("lost"),
    );
    world.registry.swarmProxy.rule = ({ url }) =>
      url!.startsWith(`/bytes/${toHex(swarmIdOf(recordOf("lost")))}`) ? { kind: "status", status: 404 } : undefined;
    const codes = [];
    for (const path of paths) {
      const { json, code } = await resolve(path);
      expect([json.status, json.record]).to.deep.equal(["approved", undefined]);
      codes.push(code);
    }
    expect(codes).to.deep.equal(["CAT_RECORD_INVALID", "CAT_RECORD_OF_ANOTHER_PATH", "SWARM_NOT_FOUND"]);
  });

  it("refuses what is no store path, another name, another chain, an index that is not there, a lying node", async () => {
    const { hashPart } = parseStorePath(hello!.storePath);
    expect(await codeOfResolve("/nix/store/short")).to.equal("STORE_PATH_INVALID");
    expect(await codeOfResolve("./no-such-link")).to.equal("STORE_PATH_NOT_FOUND");
    expect(await codeOfResolve("e".repeat(32))).to.equal("STORE_PATH_INVALID");
    expect(await codeOfResolve("--from", "index", hello!.storePath)).to.equal("INDEX_MISSING");
    expect(await codeOfResolve(`${hashPart}-hallo`)).to.equal("PATH_NAMED_OTHERWISE");
    const other = await world.writeConfig("other-chain.json", { chainId: 1 });
    expect((await askCli("--config", other, "resolve", hello!.storePath)).code).to.equal("RPC_WRONG_CHAIN");
    world.registry.swarmProxy.rule = ({ url }) => (url!.startsWith("/chunks/") ? { kind: "flip", at: 100 } : undefined);
    expect(await codeOfResolve(hello!.storePath)).to.equal("SWARM_MISMATCH");
  });

  it("takes a batch that the chain has taken, but nothing of an endpoint that makes one up", async () => {
    const batch = await draftBatch(world.registry, [recordOf("late")]);
    await approveBatch(world.registry, batch);
    const config = await world.writeConfig("proxied.json", { rpcUrl: world.registry.rpcProxy.url, finality: "latest" });
    const words = ["--config", config, "resolve", "--json", makeStorePath("late")];
    world.registry.rpcProxy.rule = ({ method }, result) => {
      if (method !== "eth_getLogs") return result;
      return (result as { data: string }[]).map((log) => ({
        ...log,
        data: log.data.replace(batch.root, "ab".repeat(32)),
      }));
    };
    try {
      expect((await askCli(...words)).code).to.equal("RPC_ANSWER_INVALID");
    } finally {
      world.registry.rpcProxy.rule = (_call, result) => result;
    }
    const { stdout } = await askCli(...words);
    expect(resolutionSchema.parse(JSON.parse(stdout)).batch).to.deep.include({ seq: batch.seq, final: true });
  });
});
