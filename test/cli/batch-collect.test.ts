import { expect } from "chai";
import { NonceManager } from "ethers";
import { readFile, rm, writeFile } from "node:fs/promises";
import { batchDigest } from "../../src/cat/batch.js";
import { toHex } from "../../src/encoding/hex.js";
import { readBatchFile, writeBatchFile } from "../../src/consortium/batch-file.js";
import type { CollectFrom } from "../../src/consortium/collect-approvals.js";
import { createKeystore } from "../../src/keys/keystore.js";
import { announceApproval } from "../../src/members/announce.js";
import { approvalId, rootId } from "../../src/members/identifiers.js";
import { decodeSignedBatch } from "../../src/members/signed-batch.js";
import { putStatement, readStatement } from "../../src/members/statements.js";
import { ownedAddress } from "../../src/owned/owned-chunk.js";
import { ownerOf } from "../../src/owned/signature.js";
import { MEMBERS, type MemberName, nameCharter, ownedKeyOf, signAs } from "../members/support/announced-world.js";
import { changeCouncil } from "../support/submit-acts.js";
import { RpcRefusal } from "../support/rpc-proxy.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface Collected {
  readonly digest: string;
  readonly file: string;
  readonly found: number;
  readonly quorum: boolean;
  readonly members: readonly { name: string; state: string; approval?: object }[];
}

describe("catnix batch collect and batch announce", function () {
  this.timeout(90_000);
  let world: CliWorld;
  let from: CollectFrom;
  before(async () => {
    world = await CliWorld.start();
    const password = (await readFile(world.file("password"), "utf8")).trim();
    for (const [name, at] of Object.entries(MEMBERS))
      await createKeystore(world.file(`${name}-owned.json`), password, {
        privateKey: wellKnownKey(at + 20),
        fast: true,
      });
    from = await nameCharter(world.registry);
  });
  afterEach(() => (world.registry.swarmProxy.rule = () => undefined));
  after(() => world.close());

  const owned = (name: MemberName) => [
    ...["--owned-key", world.file(`${name}-owned.json`)],
    ...["--owned-password-file", world.file("password")],
  ];
  async function ask<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await world.runHere([...args, "--json"]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return JSON.parse(stdout) as T;
  }
  async function refuse(...args: string[]): Promise<string> {
    const result = await world.runHere([...args, "--json"]);
    expect(result.code, result.stdout).not.to.equal(0);
    return errorCodeOf(result);
  }
  const announce = async (name: MemberName, file: string) => {
    const { batch } = await readBatchFile(file);
    await announceApproval(from.stores, ownedKeyOf(name), from.registry.id, await signAs(world.registry, name, batch));
  };
  const statesOf = ({ members }: Collected) => Object.fromEntries(members.map(({ name, state }) => [name, state]));

  it("takes a batch from members' keys to the chain over Swarm alone: sign, collect, submit, announce", async () => {
    const file = await world.draft("first");
    const { batch } = await readBatchFile(file);
    const digest = batchDigest(from.registry.id, batch);
    const out = world.file("signed-by-alice.json");
    const signed = await ask("batch", "sign", file, "--yes", "--out", out, ...world.keyOf("alice"), ...owned("alice"));
    const address = toHex(ownedAddress(ownerOf(ownedKeyOf("alice")), approvalId(digest)));
    expect(signed).to.include({ digest, ownedChunk: address });
    await rm(file); // nobody hands it over
    await rm(out);

    // Below the quorum what is there is written, and the exit status says that it is not enough.
    const collected = world.file("collected.json");
    const early = await world.runHere(["batch", "collect", "--out", collected, "--json"]);
    expect([early.code, errorCodeOf(early)]).to.deep.equal([1, "QUORUM_MISSING"]);
    const first = JSON.parse(early.stdout) as Collected;
    expect(first).to.deep.include({ digest, found: 1, quorum: false });
    expect(statesOf(first)).to.deep.equal({ alice: "approved", bob: "missing", carol: "missing" });

    await announce("bob", collected);
    const second = await ask<Collected>("batch", "collect", "--out", collected);
    expect(second).to.deep.include({ digest, found: 2, quorum: true });
    expect((await readBatchFile(collected)).batch).to.deep.equal(batch);
    expect(await ask<Collected>("batch", "collect", "--digest", digest, "--out", collected)).to.deep.include({
      found: 2,
    });
    const { stdout } = await world.runHere(["batch", "collect", collected]);
    expect(stdout)
      .to.match(/alice {2}.*approved/)
      .and.to.match(/carol {2}.*missing/)
      .and.to.include("2 of 2 needed");
    expect(await ask("batch", "submit", collected, ...world.keyOf("payer"))).to.include({ seq: batch.seq });

    // For readers without a chain; a second time it is there already. Who did not approve has nothing to say.
    expect(await refuse("batch", "announce", "--seq", "2", ...owned("alice")), "not final yet").to.equal(
      "APPROVAL_ABSENT",
    );
    await world.registry.mine(8);
    const acts = await ask<{ acts: object[] }>("batch", "announce", ...owned("alice"));
    const id = rootId(from.registry.id, batch.seq);
    expect(acts.acts).to.deep.equal([
      { seq: 1, state: "not a batch" },
      { seq: 2, digest, state: "announced", ownedChunk: toHex(ownedAddress(ownerOf(ownedKeyOf("alice")), id)) },
    ]);
    const payload = await readStatement(
      from.stores,
      from.charter.members.find(({ name }) => name === "alice")!.ownedKey,
      id,
    );
    expect(decodeSignedBatch(payload!).batch).to.deep.equal(batch);
    const again = await ask<{ acts: object[] }>("batch", "announce", "--seq", "2", ...owned("alice"));
    expect(again.acts).to.deep.equal([{ seq: 2, digest, state: "already announced" }]);
    expect(await refuse("batch", "announce", "--seq", "2", ...owned("carol"))).to.equal("APPROVAL_ABSENT");
    expect(await refuse("batch", "announce", "--seq", "1", ...owned("alice"))).to.equal("APPROVAL_ABSENT");
  });

  it("adds what Swarm has to what was handed over in a file", async () => {
    const file = await world.draft("mixed");
    await ask("batch", "sign", file, "--yes", ...world.keyOf("alice"));
    await announce("bob", file);
    const collected = await ask<Collected>("batch", "collect", file);
    expect(statesOf(collected)).to.deep.equal({ alice: "approved", bob: "approved", carol: "missing" });
    expect(collected.file).to.equal(file);
    expect((await readBatchFile(file)).approvals).to.have.length(2);
  });

  it("announce: sends an approval that was made elsewhere", async () => {
    const file = await world.draft("elsewhere");
    const content = await readBatchFile(file);
    expect(await refuse("batch", "announce", file, ...owned("bob"))).to.equal("APPROVAL_ABSENT");
    const { signature } = await signAs(world.registry, "bob", content.batch);
    const [bob, alice] = (["bob", "alice"] as const).map(
      (name) => from.charter.members.find((it) => it.name === name)!.address,
    );
    await writeBatchFile(file, { ...content, approvals: [{ member: bob!, signature }] });
    expect(await ask("batch", "announce", file, ...owned("bob"))).to.include({ member: bob });
    // Again, after an attestation went with it: that stays.
    const attestation = "ab".repeat(32);
    const signed = { batch: content.batch, signature, attestation };
    await announceApproval(from.stores, ownedKeyOf("bob"), from.registry.id, signed);
    await ask("batch", "announce", file, ...owned("bob"));
    const id = approvalId(batchDigest(from.registry.id, content.batch));
    const entry = from.charter.members.find(({ name }) => name === "bob")!;
    const payload = await readStatement(from.stores, entry.ownedKey, id);
    expect(decodeSignedBatch(payload!)).to.deep.equal(signed);
    // What is there and wrong is replaced.
    await putStatement(from.stores, ownedKeyOf("bob"), id, Buffer.from("rubbish"));
    await ask("batch", "announce", file, ...owned("bob"));
    expect(decodeSignedBatch((await readStatement(from.stores, entry.ownedKey, id))!).signature).to.equal(signature);
    await writeBatchFile(file, { ...content, approvals: [{ member: alice!, signature }] });
    expect(await refuse("batch", "announce", file, ...owned("alice"))).to.equal("APPROVAL_INVALID");
    expect(await refuse("batch", "announce", file, "--seq", "2", ...owned("alice"))).to.equal("USAGE");
  });

  it("keeps the signature where Swarm does not take it, and says so", async () => {
    const file = await world.draft("kept");
    world.registry.swarmProxy.rule = ({ method }) => (method === "POST" ? { kind: "status", status: 402 } : undefined);
    const sign = ["batch", "sign", file, "--yes", ...world.keyOf("alice"), ...owned("alice"), "--json"];
    const result = await world.runHere(sign);
    expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "SWARM_BATCH_FULL"]);
    expect(JSON.parse(result.stdout)).to.include({ file }).and.not.to.have.property("ownedChunk");
    expect((await readBatchFile(file)).approvals).to.have.length(1);
  });

  it("refuses an owned key that is another's or nobody's, before anything is checked: OWNED_KEY_UNKNOWN", async () => {
    const file = await world.draft("whose");
    const sign = ["batch", "sign", file, "--yes", ...world.keyOf("alice")];
    expect(await refuse(...sign, ...owned("bob"))).to.equal("OWNED_KEY_UNKNOWN");
    const nobodys = ["--owned-key", world.file("nobody.json"), "--owned-password-file", world.file("password")];
    expect(await refuse(...sign, ...nobodys)).to.equal("OWNED_KEY_UNKNOWN");
    expect(await refuse("batch", "announce", ...nobodys)).to.equal("OWNED_KEY_UNKNOWN");
    expect(await refuse("batch", "announce")).to.equal("USAGE");
    expect((await readBatchFile(file)).approvals).to.deep.equal([]);
  });

  it("reads the owned key from the configuration", async () => {
    const file = await world.draft("configured");
    const member = { ownedKeyFile: "alice-owned.json", ownedPasswordFile: "password" };
    const config = await world.writeConfig("member.json", {}, { member });
    const signed = await ask("batch", "sign", file, "--yes", ...world.keyOf("alice"), "--config", config);
    expect(signed).to.have.property("ownedChunk");
    expect(await refuse("batch", "sign", file, "--yes", ...world.keyOf("bob"), "--config", config)).to.equal(
      "OWNED_KEY_UNKNOWN",
    );
  });

  it("shows that batches compete, and takes the one that most approved", async () => {
    const [one, two] = [await world.draft("one"), await world.draft("two")];
    const { batch } = await readBatchFile(two);
    await announce("alice", one);
    await announce("bob", two);
    await announce("carol", two);
    const result = await world.runHere(["batch", "collect", "--out", world.file("picked.json")]);
    expect(result.code).to.equal(0);
    expect(result.stderr).to.include(batchDigest(from.registry.id, (await readBatchFile(one)).batch));
    expect((await readBatchFile(world.file("picked.json"))).batch).to.deep.equal(batch);
  });

  it("--wait: looks again until a quorum is there, and ends when the batch is over", async () => {
    const file = await world.draft("awaited");
    await announce("alice", file);
    const wait = ["batch", "collect", file, "--wait", "--every", "1"];
    const waiting = ask<Collected>(...wait);
    setTimeout(() => void announce("carol", file), 1500);
    expect(await waiting).to.deep.include({ found: 2, quorum: true });
    const over = await world.draft("over", { deadline: Math.floor(Date.now() / 1000) + 3 });
    expect(await refuse("batch", "collect", over, "--wait", "--every", "1")).to.equal("BATCH_DEADLINE");
    const stale = await world.draft("stale", { parent: `0x${"cd".repeat(32)}` });
    expect(await refuse("batch", "collect", stale, "--wait", "--every", "1")).to.equal("BATCH_STALE");
  });

  it("--wait: bears with a chain that does not answer once", async () => {
    const file = await world.draft("patient");
    for (const name of ["alice", "bob"] as const) await announce(name, file);
    const { rpcProxy } = world.registry;
    const config = await world.writeConfig("proxied.json", { rpcUrl: rpcProxy.url });
    let refusals = 0;
    // The first judgement of a signature, which asks for the account's code after the registry's own.
    rpcProxy.rule = ({ method, params }, result) => {
      const isOfMember = from.members.some((member) =>
        JSON.stringify(params).toLowerCase().includes(member.toLowerCase()),
      );
      if (method === "eth_getCode" && isOfMember && refusals++ === 0) throw new RpcRefusal("rate limit");
      return result;
    };
    const waiting = await world.runHere(["batch", "collect", file, "--wait", "--every", "1", "--config", config]);
    rpcProxy.rule = (_call, result) => result;
    expect(waiting.code, waiting.stderr).to.equal(0);
    expect(refusals).to.be.above(1);
    expect(waiting.stderr).to.include("RPC_UNAVAILABLE");
  });

  it("refuses what nobody announced, and what is none", async () => {
    expect(await refuse("batch", "collect", "--seq", "99")).to.equal("BATCH_UNKNOWN");
    expect(await refuse("batch", "collect", "--digest", `0x${"5c".repeat(32)}`)).to.equal("BATCH_UNKNOWN");
    expect(await refuse("batch", "collect", "--digest", "0x5c")).to.equal("USAGE");
    expect(await refuse("batch", "collect", "--digest", `0x${"5c".repeat(32)}`, "--seq", "1")).to.equal("USAGE");
    const file = await world.draft("both");
    expect(await refuse("batch", "collect", file, "--seq", "1")).to.equal("USAGE");
    expect(await refuse("batch", "collect", world.file("absent.json"))).to.equal("FILE_UNREADABLE");
    await world.alter(file, (content) => ({ ...content, chainId: 1 }));
    expect(await refuse("batch", "collect", file)).to.equal("BATCH_FILE_INVALID");
    await writeFile(world.file("taken.json"), "mine");
    const other = await world.draft("taken-by");
    await announce("bob", other);
    await announce("carol", other);
    expect(await refuse("batch", "collect", other, "--out", world.file("taken.json"))).to.equal("BATCH_FILE_INVALID");
    expect(await readFile(world.file("taken.json"), "utf8")).to.equal("mine");
  });

  it("needs a charter: CHARTER_MISSING; with a key in the configuration signing goes on without", async () => {
    const { sender } = world.registry;
    if (sender instanceof NonceManager) sender.reset(); // the payer's commands sent from the same account
    await changeCouncil(world.registry, { charter: "0".repeat(64) });
    const file = await world.draft("bare");
    expect(await refuse("batch", "collect", file)).to.equal("CHARTER_MISSING");
    expect(await refuse("batch", "announce", ...owned("alice"))).to.equal("CHARTER_MISSING");
    const sign = ["batch", "sign", file, "--yes", ...world.keyOf("alice")];
    expect(await refuse(...sign, ...owned("alice"))).to.equal("CHARTER_MISSING");
    const config = await world.writeConfig("member.json", {}, { member: { ownedKeyFile: "alice-owned.json" } });
    expect(await ask(...sign, "--config", config)).not.to.have.property("ownedChunk");
  });
});
