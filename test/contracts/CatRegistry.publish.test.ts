import { expect } from "chai";
import { id, TypedDataEncoder, ZeroHash } from "ethers";
import { actTypes, approve, hashBatch, registryDomain, type Batch } from "./support/acts.js";
import { ethers, networkHelpers, isInstrumented } from "./support/network.js";
import { printFigure, toPlain } from "./support/results.js";
import {
  approveBatch,
  deployRegistry,
  draftBatch,
  makeAccounts,
  publishBatch,
  type Deployed,
} from "./support/registry.js";

async function twoOfThree(): Promise<Deployed> {
  return await deployRegistry();
}

describe("CatRegistry, publish", () => {
  let deployed: Deployed;
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(twoOfThree);
  });

  /** Signs a batch in order, with what is wrong about it, and expects the refusal. */
  async function expectRefused(changes: Partial<Batch>, error: string, args: unknown[]): Promise<void> {
    const batch = await draftBatch(deployed, changes);
    const before = await deployed.registry.state();
    await expect(deployed.registry.publish(batch, approveBatch(deployed, batch)))
      .to.be.revertedWithCustomError(deployed.registry, error)
      .withArgs(...args);
    expect(await deployed.registry.state()).to.deep.equal(before);
  }

  it("makes the batch the latest act, whoever submits it", async () => {
    const { registry, members } = deployed;
    const stranger = (await ethers.getSigners())[7]!;
    const batch = await draftBatch(deployed, { depth: 3, rows: 512n, pack: id("pack") });
    const digest = hashBatch(deployed.domain, batch);
    const fields = ["seq", "parent", "root", "depth", "delta", "rows", "pack", "deadline"] as const;
    await expect(registry.connect(stranger).publish(batch, approveBatch(deployed, batch)))
      .to.emit(registry, "BatchApproved")
      .withArgs(
        1n,
        digest,
        fields.map((name) => batch[name]),
        members.slice(0, 2).map((member) => member.address),
      );
    const time = await networkHelpers.time.latest();
    expect(toPlain(await registry.state())).to.deep.equal([digest, batch.root, 1n, BigInt(time), 3n]);
  });

  it("is a hash chain that the events give back", async () => {
    const { registry, domain } = deployed;
    for (let i = 0; i < 4; i++) await publishBatch(deployed, { depth: i });
    let head = TypedDataEncoder.hashDomain(domain);
    let seq = 0n;
    for (const { args } of await registry.queryFilter(registry.filters.BatchApproved())) {
      expect(args.batch.parent).to.equal(head);
      head = hashBatch(domain, args.batch);
      expect([args.seq, args.batch.seq, args.digest]).to.deep.equal([++seq, seq, head]);
    }
    expect(seq).to.equal(4n);
    expect((await registry.state()).head).to.equal(head);
  });

  it("accepts a deadline to the second", async () => {
    const batch = await draftBatch(deployed);
    await networkHelpers.time.setNextBlockTimestamp(batch.deadline);
    await deployed.registry.publish(batch, approveBatch(deployed, batch));
    expect((await deployed.registry.state()).time).to.equal(batch.deadline);
  });

  it("refuses a deadline that is past", async () => {
    const batch = await draftBatch(deployed);
    const late = (batch.deadline as bigint) + 1n;
    await networkHelpers.time.setNextBlockTimestamp(late);
    await expect(deployed.registry.publish(batch, approveBatch(deployed, batch)))
      .to.be.revertedWithCustomError(deployed.registry, "CatRegistryExpired")
      .withArgs(batch.deadline, late);
  });

  it("refuses another seq or parent", async () => {
    const { head } = await deployed.registry.state();
    await expectRefused({ seq: 0n }, "CatRegistryWrongSeq", [0, 1]);
    await expectRefused({ seq: 2n }, "CatRegistryWrongSeq", [2, 1]);
    await expectRefused({ parent: ZeroHash }, "CatRegistryWrongParent", [ZeroHash, head]);
  });

  it("refuses what no CAT is", async () => {
    await expectRefused({ root: ZeroHash }, "CatRegistryInvalidRoot", [ZeroHash]);
    await expectRefused({ delta: ZeroHash }, "CatRegistryInvalidDelta", [ZeroHash]);
    await expectRefused({ depth: 33 }, "CatRegistryInvalidDepth", [33, 0, 32]);
    await expectRefused({ rows: 0n }, "CatRegistryInvalidRowCount", [0, 1, 64]);
    await expectRefused({ rows: 65n }, "CatRegistryInvalidRowCount", [65, 1, 64]);
    await expectRefused({ depth: 32, rows: 2n ** 38n + 1n }, "CatRegistryInvalidRowCount", [
      2n ** 38n + 1n,
      1,
      2n ** 38n,
    ]);
    await publishBatch(deployed, { depth: 32, rows: 2n ** 38n });
  });

  it("refuses a depth that falls", async () => {
    await publishBatch(deployed, { depth: 5 });
    await expectRefused({ depth: 4 }, "CatRegistryInvalidDepth", [4, 5, 32]);
    await publishBatch(deployed, { depth: 5 });
  });

  it("refuses the same batch again, and what was signed for its place", async () => {
    const { registry } = deployed;
    const rival = await draftBatch(deployed, { root: id("rival") });
    const batch = await publishBatch(deployed);
    for (const stale of [batch, rival]) {
      await expect(registry.publish(stale, approveBatch(deployed, stale)))
        .to.be.revertedWithCustomError(registry, "CatRegistryWrongSeq")
        .withArgs(1, 2);
    }
  });

  it("refuses approvals given for another chain or another registry", async () => {
    const { registry, domain, members } = deployed;
    const twin = await deployRegistry();
    const batch = await draftBatch(deployed);
    for (const elsewhere of [registryDomain(1n, domain.verifyingContract!), twin.domain, { ...domain, version: "2" }]) {
      const approvals = approve(hashBatch(elsewhere, batch), members.slice(0, 2));
      await expect(registry.publish(batch, approvals))
        .to.be.revertedWithCustomError(registry, "CatRegistryInvalidSignature")
        .withArgs(members[0]!.address, hashBatch(domain, batch));
    }
    await expect(twin.registry.publish(batch, approveBatch(deployed, batch)))
      .to.be.revertedWithCustomError(registry, "CatRegistryWrongParent")
      .withArgs(batch.parent, TypedDataEncoder.hashDomain(twin.domain));
  });

  it("gives the digests that ethers computes", async () => {
    const { registry, domain, members } = deployed;
    const place = { seq: 2n ** 64n - 1n, parent: id("parent"), deadline: 1n };
    const batch = { ...place, root: id("root"), depth: 255, delta: id("delta"), rows: 2n ** 63n, pack: id("pack") };
    expect(await registry.batchDigest(batch)).to.equal(TypedDataEncoder.hash(domain, actTypes.Batch, batch));
    for (const count of [0, 1, 3]) {
      const council = {
        ...place,
        members: members.slice(0, count).map((member) => member.address),
        publishThreshold: 2,
        councilThreshold: 3,
        guardian: members[2]!.address,
        charter: id("charter"),
      };
      expect(await registry.councilDigest(council)).to.equal(TypedDataEncoder.hash(domain, actTypes.Council, council));
    }
    const retirement = { ...place, successorChainId: 2n ** 256n - 1n, successor: members[1]!.address };
    expect(await registry.retirementDigest(retirement)).to.equal(
      TypedDataEncoder.hash(domain, actTypes.Retirement, retirement),
    );
  });

  it("costs the same at any number of rows", async function () {
    if (isInstrumented) this.skip();
    const large = await deployRegistry({ members: makeAccounts(15), publishThreshold: 3 });
    await publishBatch(large, { depth: 11, pack: id("first") });
    for (const rows of [1n, 100n, 100_000n]) {
      const batch = await draftBatch(large, { rows, pack: id(`pack ${rows}`) });
      const receipt = await (await large.registry.publish(batch, approveBatch(large, batch))).wait();
      printFigure(`publish, 3 of 15, ${rows} rows: ${receipt!.gasUsed} gas`);
      expect(receipt!.gasUsed <= 75_000n).to.equal(true);
    }
  });
});
