import { expect } from "chai";
import { toHex } from "../../src/encoding/hex.js";
import { batchDigest } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import type { CollectFrom } from "../../src/consortium/collect-approvals.js";
import { announceApproval } from "../../src/members/announce.js";
import { type Attestation, type AttestationRow, formatAttestation } from "../../src/members/attestation.js";
import { formatFingerprint } from "../../src/nix/fingerprint.js";
import { parseNixSha256 } from "../../src/nix/nix-hash.js";
import { signFingerprint } from "../../src/nix/signature.js";
import { formatPublicKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { type Story, storySchema } from "../../src/verifier/story-format.js";
import { nameCharter, ownedKeyOf, signAs, walletOf } from "../members/support/announced-world.js";
import { makeRecord, makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { encodeNar } from "../support/nar-tree.js";
import { publishBatch } from "../support/publish-batch.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

const DERIVER = `${"1".repeat(32)}-hello.drv`;

/** Two builds of a path, attested; one that the guardian withdrew and that came again; one that the quorum withdrew. */
describe("catnix explain", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let from: CollectFrom;
  const builder = generateSecretKey("builder-1");
  const recordOf = (name: string, contents: string): CatRecord => {
    const nar = encodeNar({ type: "regular", executable: false, contents: Buffer.from(contents) });
    const record = makeRecord(name, nar, { deriver: DERIVER });
    const signed = formatFingerprint({ ...record, narHash: parseNixSha256(record.narHash) });
    const sigs = [signFingerprint(signed, builder), signFingerprint("something else", builder)];
    const strange = signFingerprint(signed, generateSecretKey("nobody-1"));
    return { ...record, sigs: [...sigs, strange].sort() };
  };
  const [first, second] = ["one", "two"].map((contents) => recordOf("hello", contents));
  const [alarmed, gone] = [recordOf("alarmed", "x"), recordOf("gone", "y")];

  before(async () => {
    world = await CliWorld.start();
    from = await nameCharter(world.registry); // act 1
    await publishBatch(world.registry, first!, alarmed, gone); // act 2
    const { registry, guardian, store } = world.registry;
    await withdrawBuild(registry, guardian, toHex(swarmIdOf(alarmed)), "a backdoor");
    const batch = await publishBatch(world.registry, second!, { tombstone: gone.storePath }); // act 3
    const row: AttestationRow = {
      nixId: parseStorePath(second!.storePath).hashPart,
      ...{ name: "hello", swarmId: toHex(swarmIdOf(second!)), narHash: second!.narHash },
      ...{ result: "rebuilt", mode: "rebuild", deriver: DERIVER },
    };
    const attestation: Attestation = {
      ...{ ...registry.id, seq: batch.seq, digest: batchDigest(registry.id, batch), delta: batch.delta },
      ...{ member: walletOf("alice").address, system: "x86_64-linux", nix: "nix (Nix) 2.8.0", time: 1, rows: [row] },
    };
    const { address } = await store.write(formatAttestation(attestation));
    const announce = async (name: "alice" | "bob", attestation?: string) => {
      const signed = await signAs(world.registry, name, batch);
      const key = ownedKeyOf(name);
      await announceApproval(from.stores, key, registry.id, { ...signed, ...(attestation && { attestation }) });
    };
    await announce("alice", address);
    await announce("bob", address); // says that what alice attested is its own
    await world.writeConfig("catnix.json", { finality: "latest" });
  });
  after(() => world.close());
  afterEach(() => (world.registry.swarmProxy.rule = () => undefined));

  const ask = async (...args: string[]): Promise<Story> => {
    const { stdout, stderr, code } = await world.runHere(["explain", ...args, "--json"]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return storySchema.parse(JSON.parse(stdout));
  };
  const key = formatPublicKey(builder.publicKey);

  it("tells every build of a path, who approved it, when, and what it is made of", async () => {
    const story = await ask(second!.storePath);
    expect(story).to.deep.include({ status: "approved", seq: 3, unread: [] });
    expect(story.charter!.name).to.equal(from.charter.name);
    expect(story.builds.map(({ seq, current, swarmId }) => [seq, current, swarmId])).to.deep.equal([
      [3, true, toHex(swarmIdOf(second!))],
      [2, false, toHex(swarmIdOf(first!))],
    ]);
    const [build, earlier] = story.builds;
    const { narAddress, narHash, storePath } = second!;
    expect(build!.record).to.include({ storePath, narAddress, narHash, deriver: DERIVER, references: 0 });
    expect(earlier!.record!.narHash).to.equal(first!.narHash);
    expect(build!.batch.approvers.map(({ name }) => name)).to.have.members(["alice", "bob"]);
    expect(build!.batch.final).to.equal(true);
    expect(build!.batch.time).to.be.above(1_700_000_000);
    expect(build!.batch.block).to.be.above(earlier!.batch.block);
  });

  it("says which signatures hold, by the keys that it is given", async () => {
    const verdictsOf = ({ builds }: Story) =>
      builds[0]!.signatures!.map(({ key, verdict }) => `${key} ${verdict}`).sort();
    expect(verdictsOf(await ask(second!.storePath))).to.deep.equal([
      "builder-1 unknown",
      "builder-1 unknown",
      "nobody-1 unknown",
    ]);
    expect(verdictsOf(await ask(second!.storePath, "--trusted-key", key))).to.deep.equal([
      "builder-1 holds",
      "builder-1 invalid",
      "nobody-1 unknown",
    ]);
    const wrong = await world.runHere(["explain", second!.storePath, "--trusted-key", "builder-1:x", "--json"]);
    expect([wrong.code, errorCodeOf(wrong)]).to.deep.equal([64, "USAGE"]);
  });

  it("says what each member checked, and takes no member's word for another's", async () => {
    const { builds } = await ask(second!.storePath);
    const said = Object.fromEntries(builds[0]!.attestations!.map((each) => [each.name, each]));
    expect(said["alice"]).to.include({ result: "rebuilt", deriver: DERIVER }).and.not.to.have.property("reason");
    for (const name of ["bob", "carol"]) expect(said[name]).to.have.property("reason").and.to.be.a("string");
    expect(said["bob"]).not.to.have.property("result");
    expect(builds[1]).not.to.have.property("attestations");
  });

  it("says who withdrew what, when and why, also of what came again", async () => {
    const before = await ask(alarmed.storePath);
    expect(before).to.include({ status: "withdrawn", withdrawnBy: "guardian" });
    expect(before.builds[0]!.withdrawals).to.have.length(1);
    expect(before.builds[0]!.withdrawals[0]).to.include({ of: "build", reason: "a backdoor" });
    const tombstone = await ask(gone.storePath);
    expect(tombstone).to.include({ status: "withdrawn", withdrawnBy: "quorum" });
    expect(tombstone.builds.map(({ seq, swarmId }) => [seq, swarmId !== undefined])).to.deep.equal([
      [3, false],
      [2, true],
    ]);
    await publishBatch(world.registry, alarmed); // act 4
    const again = await ask(alarmed.storePath);
    expect(again.status).to.equal("approved");
    expect(again.builds.map(({ withdrawals }) => withdrawals.length)).to.deep.equal([0, 1]);
    await withdrawBatch(world.registry.registry, world.registry.guardian, 4, "builder lost");
    const third = await ask(alarmed.storePath);
    expect(third.builds[0]!.withdrawals.map(({ of }) => of)).to.deep.equal(["batch"]);
  });

  it("tells people the same in 25 lines", async () => {
    const { stdout, code } = await world.runHere(["explain", second!.storePath]);
    expect(code).to.equal(0);
    const facts = [second!.storePath, second!.narAddress, DERIVER, "alice: rebuilt", "act 2"];
    for (const fact of facts) expect(stdout).to.include(fact);
    expect(stdout).to.match(/by (alice, bob|bob, alice)\n/);
    expect(stdout.trimEnd().split("\n").length).to.be.at.most(25);
    const { stdout: withdrawn } = await world.runHere(["explain", gone.storePath]);
    expect(withdrawn).to.include("withdrew the path").and.to.include("withdrawn by the quorum");
  });

  it("says what Swarm lost, and tells the rest", async () => {
    const swarmId = toHex(swarmIdOf(second!));
    world.registry.swarmProxy.rule = ({ url }) =>
      url!.startsWith(`/bytes/${swarmId}`) ? { kind: "status", status: 404 } : undefined;
    const story = await ask(second!.storePath);
    expect(story.builds[0]).to.have.property("recordError").and.to.be.a("string");
    expect(story.builds[1]!.record!.narHash).to.equal(first!.narHash);
  });

  it("has no story of what was never listed: CAT_PATH_UNKNOWN; and none under another name", async () => {
    const unknown = await world.runHere(["explain", makeStorePath("never-heard-of"), "--json"]);
    expect([unknown.code, errorCodeOf(unknown)]).to.deep.equal([1, "CAT_PATH_UNKNOWN"]);
    expect(storySchema.parse(JSON.parse(unknown.stdout))).to.deep.include({ status: "unknown", builds: [] });
    const { hashPart } = parseStorePath(second!.storePath);
    const other = await world.runHere(["explain", `${hashPart}-hallo`, "--json"]);
    expect([other.stdout, errorCodeOf(other)]).to.deep.equal(["", "PATH_NAMED_OTHERWISE"]);
  });
});
