import { expect } from "chai";
import { type ContractFactory, SigningKey, Wallet } from "ethers";
import { type Batch, batchDigest } from "../../src/cat/batch.js";
import { toHex } from "../../src/encoding/hex.js";
import { typedBatch } from "../../src/consortium/batch-file.js";
import { ERC1271Answer__factory } from "../../src/registry/contract-types/factories/mocks/ERC1271Answer__factory.js";
import { ERC1271Wallet__factory } from "../../src/registry/contract-types/factories/mocks/ERC1271Wallet__factory.js";
import { changeCouncil } from "../support/submit-acts.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { sampleCharter, sampleMember } from "../members/support/sample-charter.js";
import { collectApprovals, type CollectFrom, findDrafts } from "../../src/consortium/collect-approvals.js";
import { announceApproval } from "../../src/members/announce.js";
import { approvalId, signedId } from "../../src/members/identifiers.js";
import { encodeSignedBatch, NO_ATTESTATION } from "../../src/members/signed-batch.js";
import { putStatement } from "../../src/members/statements.js";
import { ownedAddress } from "../../src/owned/owned-chunk.js";
import { ownerOf } from "../../src/owned/signature.js";
import { makeRecord } from "../support/fill-index.js";
import {
  charterOfMembers,
  type MemberName,
  nameCharter,
  ownedKeyOf,
  signAs,
  walletOf,
} from "../members/support/announced-world.js";
import { Consortium, narOf } from "./support/consortium.js";

const MAGIC = `0x1626ba7e${"00".repeat(28)}`;

describe("collectApprovals", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let from: CollectFrom;
  let batch: Batch;
  let digest: string;
  let at = 0;
  before(async () => {
    consortium = await Consortium.start();
    from = await nameCharter(consortium.world);
  });
  beforeEach(async () => {
    consortium.mendSwarm();
    batch = await consortium.draft([makeRecord(`path-${at++}`, narOf("x"))]);
    digest = batchDigest(from.registry.id, batch);
  });
  after(() => consortium.close());

  async function deploy(factory: ContractFactory, ...args: unknown[]): Promise<string> {
    const contract = await factory.connect(consortium.world.sender).deploy(...args);
    return (await contract.waitForDeployment()).getAddress();
  }
  const announce = async (name: MemberName, what = batch) =>
    announceApproval(from.stores, ownedKeyOf(name), from.registry.id, await signAs(consortium.world, name, what));
  /** Puts any payload where the member's approval would be. */
  const put = (name: MemberName, payload: Uint8Array) =>
    putStatement(from.stores, ownedKeyOf(name), approvalId(digest), payload);
  async function collect(options = {}) {
    const { batch: found, members } = await collectApprovals(from, digest, options);
    const states: Record<string, unknown> = {};
    for (const { member, name, state, error } of members) states[name ?? member] = error ? [state, error.code] : state;
    return { found, states, members };
  }

  it("finds what members approved, the batch too, and says who is missing", async () => {
    expect(await collect()).to.deep.include({
      found: undefined,
      states: { alice: "missing", bob: "missing", carol: "missing" },
    });
    await announce("alice");
    await announce("carol");
    const { found, states, members } = await collect();
    expect(states).to.deep.equal({ alice: "approved", bob: "missing", carol: "approved" });
    expect(found).to.deep.equal(batch);
    const approvals = members.flatMap(({ approval }) => approval ?? []);
    expect(approvals.map(({ member }) => member)).to.have.members([
      walletOf("alice").address,
      walletOf("carol").address,
    ]);
    expect(members.map(({ member }) => member)).to.deep.equal(from.members);
  });

  it("passes an attestation on", async () => {
    const signed = { ...(await signAs(consortium.world, "bob", batch)), attestation: "ab".repeat(32) };
    await announceApproval(from.stores, ownedKeyOf("bob"), from.registry.id, signed);
    const { members } = await collect();
    expect(members.find(({ name }) => name === "bob")).to.include({ attestation: "ab".repeat(32) });
  });

  it("lets one member that lies, and one that hangs, cost only their own", async () => {
    await announce("alice");
    await put("bob", encodeSignedBatch(await signAs(consortium.world, "alice", batch)));
    await announce("carol");
    const address = toHex(ownedAddress(ownerOf(ownedKeyOf("carol")), approvalId(digest)));
    consortium.breakSwarm(address, { kind: "hang" });
    const { states } = await collect({ timeoutMs: 500 });
    expect(states).to.deep.equal({
      alice: "approved",
      bob: ["invalid", "STATEMENT_INVALID"],
      carol: ["unreachable", "STATEMENT_LATE"],
    });
  });

  const lies: Record<string, () => Promise<Uint8Array>> = {
    "nothing at all": () => Promise.resolve(new Uint8Array()),
    "something else": () => Promise.resolve(Buffer.from("approved")),
    "another batch": async () => encodeSignedBatch(await signAs(consortium.world, "bob", { ...batch, rows: 2 })),
    "another member's signature": async () => encodeSignedBatch(await signAs(consortium.world, "carol", batch)),
    "a signature of another batch": async () => {
      const { signature } = await signAs(consortium.world, "bob", { ...batch, rows: 2 });
      return encodeSignedBatch({ ...(await signAs(consortium.world, "bob", batch)), signature });
    },
    "an empty signature": async () =>
      encodeSignedBatch({ ...(await signAs(consortium.world, "bob", batch)), signature: "0x" }),
    "a signature of 5,000 bytes": async () =>
      encodeSignedBatch({ ...(await signAs(consortium.world, "bob", batch)), signature: `0x${"00".repeat(5000)}` }),
  };
  for (const [what, make] of Object.entries(lies))
    it(`does not count a member that put ${what} there`, async () => {
      await announce("alice");
      await put("bob", await make());
      const { states, found } = await collect();
      expect(states).to.deep.equal({ alice: "approved", bob: ["invalid", "STATEMENT_INVALID"], carol: "missing" });
      expect(found).to.deep.equal(batch);
    });

  it("does not count what a Swarm node gives of another owner, of another time, or altered", async () => {
    await announce("alice");
    const other = await consortium.draft([makeRecord("another", narOf("y"))]);
    const old = await announce("bob", other);
    await announce("bob");
    const [alices, bobs] = (["alice", "bob"] as const).map((name) =>
      toHex(ownedAddress(ownerOf(ownedKeyOf(name)), approvalId(digest))),
    );
    for (const path of [`/chunks/${alices!}`, `/chunks/${old}`]) {
      consortium.breakSwarm(bobs!, { kind: "instead", path });
      expect((await collect()).states)
        .to.include({ alice: "approved" })
        .and.to.deep.include({ bob: ["invalid", "SWARM_MISMATCH"] });
    }
    consortium.breakSwarm(bobs!, { kind: "flip", at: 300 });
    expect((await collect()).states).to.deep.include({ bob: ["invalid", "SWARM_MISMATCH"] });
    consortium.breakSwarm(bobs!, { kind: "status", status: 500 });
    expect((await collect()).states).to.include({ alice: "approved" });
  });

  it("says whom the charter has no entry for, and asks nobody who is no member", async () => {
    const charter = charterOfMembers();
    const { address } = walletOf("alice");
    const without = { ...charter, members: charter.members.filter((member) => member.address !== address) };
    const { members } = await collectApprovals({ ...from, charter: without }, digest);
    expect(members.find(({ member }) => member === address)).to.include({ name: undefined, state: "no entry" });
    const council = from.members.filter((member) => member !== address);
    expect((await collectApprovals({ ...from, members: council }, digest)).members).to.have.length(2);
  });

  it("ends with the caller's signal", async () => {
    const reason = new Error("left");
    const failed = await collect({ signal: AbortSignal.abort(reason) }).catch((error: unknown) => error);
    expect(failed).to.equal(reason);
  });

  it("asks a member that is a contract, whose signature may be longer than a chunk", async () => {
    const { world } = consortium;
    const owner = new Wallet(wellKnownKey(7));
    // Takes an owner's signature, whatever follows it; the other contract takes anything.
    const [wallet, yes] = [
      await deploy(new ERC1271Wallet__factory(), owner.address),
      await deploy(new ERC1271Answer__factory(), MAGIC),
    ];
    const restore = await world.registry.council();
    const joiners = [
      { address: yes, signTypedData: () => Promise.resolve("0x") },
      { address: wallet, signTypedData: owner.signTypedData.bind(owner) },
    ];
    await changeCouncil(world, { members: [...restore.members, yes, wallet] }, joiners);
    const charter = sampleCharter([
      ...from.charter.members,
      ...[yes, wallet].map((address, at) => ({ ...sampleMember(`contract-${at}`, 30 + at), address })),
    ]);
    const all = { ...from, charter, members: (await world.registry.council()).members };
    const draft = await consortium.draft([makeRecord("of-contracts", narOf("x"))]);
    const { id } = from.registry;
    const typed = typedBatch({ registry: id, batch: draft });
    const put = (at: number, signature: string) =>
      announceApproval(from.stores, new SigningKey(wellKnownKey(50 + at)), id, {
        batch: draft,
        signature,
        attestation: NO_ATTESTATION,
      });
    const statesOf = async () => {
      const { members } = await collectApprovals(all, batchDigest(id, draft));
      return Object.fromEntries<string | number>(
        members.map(({ name, state, approval }) => [name ?? "", approval ? approval.signature.length : state]),
      );
    };
    const good = await owner.signTypedData(typed.domain, typed.types, typed.value);
    await put(0, `0x${"ab".repeat(20_000)}`);
    await put(1, good);
    expect(await statesOf()).to.include({ "contract-0": 40_002, "contract-1": 132, alice: "missing" });
    await put(0, "0x");
    await put(1, `${good.slice(0, -2)}00`);
    expect(await statesOf()).to.include({ "contract-0": 2, "contract-1": "invalid" });
    await changeCouncil(world, { members: restore.members });
  });

  describe("findDrafts", () => {
    it("finds which batches members approved for an act, the one with most of them first", async () => {
      const rival = await consortium.draft([makeRecord("rival", narOf("z"))]);
      await announce("alice", rival);
      await announce("bob");
      await announce("carol");
      const drafts = await findDrafts(from, batch.seq);
      expect(drafts.map(({ digest, members }) => [digest, members.length])).to.deep.equal([
        [digest, 2],
        [batchDigest(from.registry.id, rival), 1],
      ]);
      await announce("alice");
      expect((await findDrafts(from, batch.seq)).map(({ members }) => members.length)).to.deep.equal([3]);
      expect(await findDrafts(from, batch.seq + 1)).to.deep.equal([]);
    });

    it("leaves out what is of another act", async () => {
      const payload = encodeSignedBatch(await signAs(consortium.world, "bob", batch));
      await putStatement(from.stores, ownedKeyOf("bob"), signedId(from.registry.id, batch.seq + 5), payload);
      expect(await findDrafts(from, batch.seq + 5)).to.deep.equal([]);
    });
  });
});
