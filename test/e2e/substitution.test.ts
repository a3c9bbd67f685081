import { expect } from "chai";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { askCatnix, runCatnix } from "../../scripts/lab/catnix.js";
import { runProgram } from "../../scripts/lab/debian-closure.js";
import { NixClient } from "../../scripts/lab/nix-client.js";
import { runCommand } from "../../scripts/lab/run-command.js";
import { FileHasher } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { encodeNixBase32 } from "../../src/encoding/nix-base32.js";
import { encodeNarFile } from "../../src/nar-file/encode-nar-file.js";
import { RegionFinder } from "../../src/nar-file/find-regions.js";
import { writeNar } from "../../src/nix/nar-write.js";
import { parseListing } from "../../src/nix/listing.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import type { PublishPlan } from "../../src/publisher/plan-closure.js";
import { Registry } from "../../src/registry/registry.js";
import type { VerificationJson } from "../../src/verifier/verification-format.js";
import type { ResolutionJson } from "../../src/resolver/resolution-format.js";
import { sha256 } from "../consortium/support/consortium.js";
import { collect } from "../support/collect.js";
import { splitBytes } from "../support/split-bytes.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import { publish } from "./support/consortium.js";
import { PublishedClosure } from "./support/published-closure.js";

/** The NAR with every hash and build id another one, of the same order or not, and the new hashes. */
function rebuild(nar: Buffer, hashes: readonly string[]): { after: Buffer; renamed: string[] } {
  const after = Buffer.from(nar);
  const renamed = hashes.map((hash) => encodeNixBase32(createHash("sha256").update(hash).digest().subarray(0, 20)));
  const finder = new RegionFinder(hashes);
  for (const { start, size, reference } of finder.find(nar, 0, true).regions) {
    if (reference !== undefined) after.write(renamed[reference]!, start, "latin1");
    else
      createHash("sha1")
        .update(nar.subarray(start, start + size))
        .digest()
        .copy(after, start);
  }
  return { after, renamed };
}

/** The addresses of the chunks that the NAR's file has. */
async function addChunks(addresses: Set<string>, nar: Uint8Array, references: readonly string[]): Promise<void> {
  const hasher = new FileHasher(({ address }) => addresses.add(toHex(address)));
  for await (const part of encodeNarFile(splitBytes(nar, 1 << 18), { references })) hasher.update(part);
  hasher.digest();
}

/** What `npm run demo` shows: stock Nix builds, a quorum approves, stock Nix substitutes. */
describe("e2e: substitution from the relay", function () {
  this.timeout(120_000);
  let world: PublishedClosure;
  let user: NixClient;

  before(async () => {
    world = await PublishedClosure.make();
  });
  beforeEach(async () => {
    user = await world.folder.newClient();
  });
  afterEach(() => user.remove());
  after(async () => {
    expect(await world.close()).to.deep.equal([]);
  });

  async function expectSameNarHashes(): Promise<void> {
    const { paths } = world.closure;
    expect(await user.narHashes(paths)).to.deep.equal(await world.builder.narHashes(paths));
  }

  it("nix-store --realise gets the closure, the same to the bit, and its program runs", async () => {
    const { closure, builder } = world;
    const result = await user.realise([closure.root], world.from);
    expect(result.code, result.stderr).to.equal(0);
    await expectSameNarHashes();
    expect((await user.verify()).code).to.equal(0);
    const [there, here] = [
      await runProgram(builder.root, closure.root, "bin/catnix-report"),
      await runProgram(user.root, closure.root, "bin/catnix-report"),
    ];
    expect(here).to.deep.equal(there);
    expect(here.stdout).to.match(/^[0-9]+ packages, /);
  });

  it("nix copy --from gets the closure", async () => {
    const { relay, publicKey } = world.network;
    const result = await user.copyFrom(relay, [world.closure.root], { trustedKeys: [publicKey] });
    expect(result.code, result.stderr).to.equal(0);
    await expectSameNarHashes();
  });

  it("nix path-info --store says what the builder's store says, with the relay's signature", async () => {
    const { closure, builder, network } = world;
    const [shown, built] = [await user.pathInfo(closure.paths, network.relay), await builder.pathInfo(closure.paths)];
    const factsOf = (infos: typeof shown) =>
      infos.map(({ path, narHash, narSize, references }) => [path, narHash, narSize, [...references].sort()]).sort();
    expect(factsOf(shown)).to.deep.equal(factsOf(built));
    const keyName = network.publicKey.split(":")[0];
    for (const { signatures } of shown)
      expect(signatures.map((signature) => signature.split(":")[0])).to.deep.equal([keyName]);
  });

  it("nix store ls and nix store cat show what is in a path, and the relay's listing says the same", async () => {
    const { closure, builder, network } = world;
    const store = async (...args: string[]) =>
      (await user.run("nix", ["store", ...args, "--store", network.relay], { check: true })).stdout;
    for (const path of [closure.root, closure.program]) {
      const answer = await fetch(`${network.relay}/${parseStorePath(path).hashPart}.ls`);
      expect([answer.status, answer.headers.get("content-type")]).to.deep.equal([200, "application/json"]);
      const listing = Buffer.from(await answer.arrayBuffer());
      // Nix makes its own from the NAR, offsets included.
      const root: unknown = JSON.parse(await store("ls", "--json", "--recursive", path));
      expect(JSON.parse(listing.toString())).to.deep.equal({ version: 1, root });
      expect(() => parseListing(listing)).not.to.throw();
    }
    const script = `${closure.root}/bin/catnix-report`;
    expect(await store("cat", script)).to.equal(await readFile(join(builder.root, script), "utf8"));
  });

  it("what Nix reads are pieces, each at a chunk's start, with a seek table", async () => {
    const { closure, network, folder } = world;
    const seen = { pieces: 0, seekTables: 0 };
    for (const path of closure.paths) {
      const narinfo = await (await fetch(`${network.relay}/${parseStorePath(path).hashPart}.narinfo`)).text();
      expect(narinfo).to.match(/^Compression: zstd$/m);
      const answer = await fetch(`${network.relay}/${/^URL: (.*)$/m.exec(narinfo)![1]!}`);
      const file = join(folder.path, "one.nar.zst");
      await writeFile(file, answer.body!);
      const info = await askCatnix<{ narHash: string; pieces: number; hasSeekTable: boolean; isAligned: boolean }>([
        ...["nar", "inspect", file],
      ]);
      expect(info.narHash).to.equal(/^NarHash: (.*)$/m.exec(narinfo)![1]);
      expect([info.isAligned, info.hasSeekTable]).to.deep.equal([true, info.pieces > 1]);
      seen.pieces += info.pieces;
      seen.seekTables += Number(info.hasSeekTable);
    }
    expect(seen.pieces).to.be.greaterThan(closure.paths.length);
    expect(seen.seekTables).to.be.greaterThan(0);
  });

  it("a rebuild that changes hashes and build ids only adds few chunks to the closure's", async () => {
    const { closure, builder } = world;
    const chunks = { before: new Set<string>(), after: new Set<string>(), pages: 0 };
    for (const { path, references } of await builder.pathInfo(closure.paths)) {
      const before = Buffer.from(await collect(writeNar(join(builder.root, path))));
      const hashes = [...new Set([path, ...references])].map((one) => parseStorePath(one).hashPart);
      const { after, renamed } = rebuild(before, hashes);
      for (let at = 0; at < before.length; at += 4096)
        chunks.pages += Number(!before.subarray(at, at + 4096).equals(after.subarray(at, at + 4096)));
      await addChunks(chunks.before, before, hashes);
      await addChunks(chunks.after, after, renamed);
    }
    const added = [...chunks.after].filter((address) => !chunks.before.has(address)).length;
    expect(chunks.pages).to.be.greaterThan(10);
    expect(added, `of ${chunks.after.size} chunks, ${chunks.pages} pages differ`).to.be.below(2 * chunks.pages);
    expect(added).to.be.below(chunks.after.size / 5);
  });

  it("a client that does not know the relay's key takes nothing, unless it trusts that substituter as a whole", async () => {
    const { closure, network } = world;
    const untrusted = await user.realise([closure.root], { substituters: [network.relay] });
    expect(untrusted.code).not.to.equal(0);
    for (const path of closure.paths) expect(await user.isValid(path), path).to.equal(false);
    await user.clearCache();
    const trusted = await user.realise([closure.root], { substituters: [`${network.relay}?trusted=1`] });
    expect(trusted.code, trusted.stderr).to.equal(0);
    await expectSameNarHashes();
  });

  it("an unapproved path comes from the second substituter, and the rest from the relay", async () => {
    const { closure, unapproved, network } = world;
    const second = await world.makeSecondCache(unapproved);
    const relay = await startFaultProxy(network.relay);
    try {
      const trustedKeys = [network.publicKey, second.publicKey];
      const alone = await user.realise([unapproved], { substituters: [relay.url], trustedKeys });
      expect(alone.code).not.to.equal(0);
      await user.clearCache();
      relay.requests.length = 0;
      const paths = [unapproved, closure.root];
      const both = await user.realise(paths, { substituters: [relay.url, second.url], trustedKeys });
      expect(both.code, both.stderr).to.equal(0);
      expect(relay.requests).to.include(`GET /${parseStorePath(unapproved).hashPart}.narinfo`);
      expect(relay.requests.filter((request) => request.startsWith("GET /nar/"))).to.have.length(closure.paths.length);
      expect(await user.narHashes(paths)).to.deep.equal(await world.builder.narHashes(paths));
    } finally {
      await relay.close();
    }
  });

  it("catnix publish goes on where it was: nothing is uploaded twice, and nothing signed twice", async () => {
    const { first, second } = world.published;
    const { paths, root } = world.closure;
    expect(first.uploaded.paths).to.equal(paths.length);
    expect(second).to.deep.include({ uploaded: { ...second.uploaded, paths: 0, bytes: 0 }, reused: paths.length });
    expect(second.paths).to.deep.equal(first.paths);
    const third = await publish(world.network, world.builder.root, root, `${world.batchFile}.third`);
    expect(third).to.deep.include({ alreadyListed: paths.length, paths: [] });
    expect(third.uploaded.paths).to.equal(0);
    expect(third.file).to.equal(undefined);
    const dryRun = ["publish", root, world.unapproved, "--store", world.builder.root, "--dry-run"];
    const plan = await askCatnix<PublishPlan & { allowed: boolean }>(["--config", world.network.config, ...dryRun]);
    expect(plan).to.deep.include({ allowed: true, findings: [] });
    const states = new Map(plan.paths.map(({ storePath, state }) => [storePath, state]));
    for (const path of paths) expect(states.get(path)).to.equal("published");
    expect(states.get(world.unapproved)).to.equal("new");
  });

  it("the contract accepts the proof that catnix resolve prints and refuses an altered one", async () => {
    const { rpcUrl, chainId, registry: address, signerConfig } = world.network;
    const { program } = world.closure;
    const resolved = await askCatnix<ResolutionJson>(["--config", signerConfig, "resolve", program]);
    expect(resolved.swarmId).to.equal(world.addressesOf(program).swarmId);
    expect(resolved.record).to.include({ storePath: program, narAddress: world.addressesOf(program).narAddress });
    const { row, seq, slot, siblings } = resolved.proof!;
    const registry = await Registry.open(rpcUrl, { chainId, registry: address });
    try {
      const { contract } = registry;
      expect(await contract.isApproved(row, seq, slot, siblings)).to.equal(true);
      const swarmId = row.swarmId.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
      expect(await contract.isApproved({ ...row, swarmId }, seq, slot, siblings)).to.equal(false);
      expect(await contract.isApproved(row, seq, slot ^ 1, siblings)).to.equal(false);
    } finally {
      registry.close();
    }
  });

  it("catnix verify finds what was damaged, and what it proposes mends that from the relay", async () => {
    const { closure, network } = world;
    // As a user has it: the commands that are proposed name no substituter.
    const config = [`substituters = ${network.relay}`, `trusted-public-keys = ${network.publicKey}`];
    const nix = await NixClient.open(user.folder, { config });
    expect((await nix.realise([closure.root])).code).to.equal(0);
    const [edited, gone, other] = [closure.program, ...closure.paths.filter((path) => path !== closure.program)];
    const onDisk = (path: string) => join(nix.root, path);
    await runCommand("sh", ["-c", 'chmod -R u+w "$@"', "sh", ...[edited, gone!, other!].map(onDisk)], { check: true });
    await writeFile(join(onDisk(edited), "stray"), "not the builder's");
    await rm(onDisk(gone!), { recursive: true });
    // A build of one's own: registered, and another one than was approved.
    await writeFile(join(onDisk(other!), "stray"), "built here");
    const nar = await collect(writeNar(onDisk(other!)));
    const database = new DatabaseSync(join(nix.root, "nix/var/nix/db/db.sqlite"));
    const hash = `sha256:${createHash("sha256").update(nar).digest("hex")}`;
    database.prepare("update ValidPaths set hash = ?, narSize = ? where path = ?").run(hash, nar.length, other!);
    database.close();

    const ask = ["verify", "--closure", "--contents", "--store", nix.root, "--json", closure.root];
    const verify = () => runCatnix(["--config", network.signerConfig, ...ask]);
    const found = await verify();
    expect(found.code).to.equal(4);
    const { paths, counts } = JSON.parse(found.stdout) as VerificationJson;
    expect(counts).to.include({ modified: 2, differs: 1, approved: closure.paths.length - 3 });
    for (const { fix } of paths.filter(({ status }) => status !== "approved")) {
      const env = { ...nix.environment, NIX_REMOTE: "" }; // the command itself says which store
      const mended = await runCommand("sh", ["-c", fix!], { env });
      expect(mended.code, mended.stderr).to.equal(0);
    }
    const after = await verify();
    expect(after.code, after.stdout).to.equal(0);
    expect((await nix.verify()).code).to.equal(0);
    expect(await nix.narHashes(closure.paths)).to.deep.equal(await world.builder.narHashes(closure.paths));
  });

  it("catnix fetch gets the closure without Nix: the same trees as the builder's store", async () => {
    const { closure, builder, network, folder } = world;
    const out = join(folder.path, "fetched");
    const args = ["--config", network.signerConfig, "fetch", closure.root, "--closure", "--out", out];
    const { paths } = await askCatnix<{ paths: { storePath: string }[] }>(args);
    expect(paths.map(({ storePath }) => storePath)).to.have.members(closure.paths);
    const dump = async (path: string) => sha256(await collect(writeNar(path)));
    for (const path of closure.paths) {
      const { baseName } = parseStorePath(path);
      expect(await dump(join(out, baseName)), path).to.equal((await builder.narHashes([path])).get(path));
    }
  });
});
