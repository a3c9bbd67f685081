import { expect } from "chai";
import type { Batch } from "../../src/cat/batch.js";
import { batchDigest } from "../../src/cat/batch.js";
import { toHex } from "../../src/encoding/hex.js";
import { announceRoot } from "../../src/members/announce.js";
import { rootId } from "../../src/members/identifiers.js";
import { type Electorate, findQuorumRoot } from "../../src/members/quorum-root.js";
import { encodeSignedBatch } from "../../src/members/signed-batch.js";
import { putStatement } from "../../src/members/statements.js";
import { ownedAddress } from "../../src/owned/owned-chunk.js";
import { ownerOf } from "../../src/owned/signature.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { startNode } from "../support/start-node.js";
import { charterOfMembers, type MemberName, ownedKeyOf, signFor } from "./support/announced-world.js";

const batchOf = (seq: number, fields: Partial<Batch> = {}): Batch => ({
  ...{ seq, parent: `0x${"ab".repeat(32)}`, root: seq.toString(16).padStart(64, "0"), depth: 0 },
  ...{ delta: "02".repeat(32), rows: 1, pack: "03".repeat(32), deadline: 1_900_000_000 },
  ...fields,
});

describe("findQuorumRoot", function () {
  this.timeout(60_000);
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let electorate: Electorate;
  let chainId = 1000;
  before(async () => {
    node = await startNode();
    proxy = await startFaultProxy(node.url);
  });
  beforeEach(() => {
    proxy.rule = () => undefined;
    const store = new BeeStore({ url: proxy.url, batchId: "0".repeat(64), retries: 0 });
    // A registry of its own for each test.
    const registry = { chainId: chainId++, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
    electorate = { registry, charter: charterOfMembers(), threshold: 2, stores: { owned: store, content: store } };
  });
  after(async () => {
    await proxy.close();
    await node.close();
  });

  const announce = async (name: MemberName, batch: Batch) =>
    announceRoot(
      electorate.stores,
      ownedKeyOf(name),
      electorate.registry,
      await signFor(electorate.registry, name, batch),
    );
  const announceAll = async (seq: number, names: readonly MemberName[] = ["alice", "bob"]) => {
    for (const name of names) await announce(name, batchOf(seq));
  };
  /** Puts any payload where the member's root of act `seq` would be. */
  const put = (name: MemberName, seq: number, payload: Uint8Array) =>
    putStatement(electorate.stores, ownedKeyOf(name), rootId(electorate.registry, seq), payload);
  const addressOf = (name: MemberName, seq: number) =>
    toHex(ownedAddress(ownerOf(ownedKeyOf(name)), rootId(electorate.registry, seq)));
  const find = (from = 1, options = {}) => findQuorumRoot(electorate, from, options);
  const seqOf = async (from = 1) => (await find(from)).batch.seq;

  it("finds the latest that a quorum announced, and whose word it is", async () => {
    for (const seq of [1, 2, 3, 4, 5]) await announceAll(seq);
    const { batch, digest, approvers } = await find();
    expect(batch).to.deep.equal(batchOf(5));
    expect(digest).to.equal(batchDigest(electorate.registry, batch));
    expect(approvers.map(({ name }) => name)).to.have.members(["alice", "bob"]);
    await announceAll(6, ["carol", "bob"]);
    expect((await find()).approvers.map(({ name }) => name)).to.have.members(["carol", "bob"]);
    electorate = { ...electorate, threshold: 3 };
    await announceAll(3, ["carol"]);
    expect(await seqOf()).to.equal(3);
  });

  it("bears gaps of acts that nobody announces, also at the beginning", async () => {
    for (const seq of [3, 5, 9, 17, 18, 25]) await announceAll(seq);
    expect(await seqOf()).to.equal(25);
    await announceAll(26 + 8); // nine acts later: behind what is looked at one by one
    expect(await seqOf()).to.equal(25);
    expect(await seqOf(27)).to.equal(34);
  });

  it("takes nothing older than it is told to: ROOT_NOT_ANNOUNCED", async () => {
    for (const seq of [1, 2, 3]) await announceAll(seq);
    expect(await seqOf(3)).to.equal(3);
    expect(await codeOf(() => find(4))).to.equal("ROOT_NOT_ANNOUNCED");
  });

  it("does not take what fewer than the quorum announced", async () => {
    await announceAll(1);
    await announceAll(2, ["alice"]);
    expect(await seqOf()).to.equal(1);
    electorate = { ...electorate, threshold: 3 };
    expect(await codeOf(() => find())).to.equal("ROOT_NOT_ANNOUNCED");
  });

  const lies: Record<string, () => Promise<Uint8Array>> = {
    "an unsigned root": async () =>
      encodeSignedBatch({ ...(await signFor(electorate.registry, "bob", batchOf(2))), signature: "0x" }),
    "a root with another member's signature": async () =>
      encodeSignedBatch(await signFor(electorate.registry, "alice", batchOf(2))),
    "a root with a signature of another one": async () => {
      const { signature } = await signFor(electorate.registry, "bob", batchOf(1));
      return encodeSignedBatch({ ...(await signFor(electorate.registry, "bob", batchOf(2))), signature });
    },
    "a root signed for another registry": async () =>
      encodeSignedBatch(await signFor({ ...electorate.registry, chainId: 1 }, "bob", batchOf(2))),
    "an old root, replayed": async () => encodeSignedBatch(await signFor(electorate.registry, "bob", batchOf(1))),
    "no root at all": () => Promise.resolve(Buffer.from("root")),
  };
  for (const [what, make] of Object.entries(lies))
    it(`does not count a member that put ${what} there`, async () => {
      await announceAll(1);
      await announce("alice", batchOf(2));
      await put("bob", 2, await make());
      expect(await seqOf()).to.equal(1);
      await announce("carol", batchOf(2));
      expect(await seqOf()).to.equal(2);
    });

  it("does not let a member that equivocates make a quorum, nor break one", async () => {
    await announce("alice", batchOf(1));
    await announce("bob", batchOf(1, { rows: 7 }));
    expect(await codeOf(() => find())).to.equal("ROOT_NOT_ANNOUNCED");
    await announce("carol", batchOf(1));
    expect((await find()).approvers.map(({ name }) => name)).to.have.members(["alice", "carol"]);
  });

  it("takes neither of two batches that each have enough: ROOTS_CONTRADICT", async () => {
    electorate = { ...electorate, threshold: 1 };
    await announce("alice", batchOf(1));
    await announce("bob", batchOf(1, { rows: 7 }));
    expect(await codeOf(() => find())).to.equal("ROOTS_CONTRADICT");
  });

  it("does not count what Swarm gives of other owners or acts, and what hangs", async () => {
    for (const seq of [1, 2]) await announceAll(seq, ["alice", "bob", "carol"]);
    const faults = [
      { kind: "instead", path: `/chunks/${addressOf("alice", 2)}` },
      { kind: "instead", path: `/chunks/${addressOf("bob", 1)}` },
      { kind: "flip", at: 200 },
      { kind: "status", status: 404 },
      { kind: "hang" },
    ] as const;
    for (const fault of faults) {
      proxy.rule = ({ url }) => (url?.includes(addressOf("bob", 2)) ? fault : undefined);
      const { batch, approvers } = await find(1, { timeoutMs: 8000 });
      expect([batch.seq, approvers.length], fault.kind).to.deep.equal([2, 2]);
    }
    // A Swarm that hides act 2 altogether: an old answer, and no wrong one.
    proxy.rule = ({ url }) =>
      [addressOf("alice", 2), addressOf("bob", 2)].some((address) => url?.includes(address))
        ? { kind: "status", status: 404 }
        : undefined;
    expect(await seqOf()).to.equal(1);
    expect(await codeOf(() => find(2))).to.equal("ROOT_NOT_ANNOUNCED");
  });

  it("says that Swarm failed where it answers for nobody", async () => {
    await announceAll(1);
    proxy.rule = () => ({ kind: "status", status: 403 });
    expect(await codeOf(() => find())).to.match(/^SWARM_/);
    const reason = new Error("left");
    expect(await find(1, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error)).to.equal(reason);
  });

  it("wants a threshold that the charter can have", async () => {
    for (const threshold of [0, 4, 1.5]) {
      const failed = await findQuorumRoot({ ...electorate, threshold }, 1).catch((error: unknown) => error);
      expect(failed).to.be.instanceOf(RangeError);
    }
  });
});
