import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import { approve, hashRetirement, type Retirement, type Signatory } from "./support/acts.js";
import { networkHelpers } from "./support/network.js";
import { ReferenceCat, sampleRow } from "./support/reference-cat.js";
import { toPlain } from "./support/results.js";
import {
  approveBatch,
  approveCouncil,
  approveRetirement,
  deployRegistry,
  draftBatch,
  draftCouncil,
  draftRetirement,
  makeAccount,
  publishBatch,
  retireRegistry,
  threeOfFive,
  type Deployed,
} from "./support/registry.js";

const successor = makeAccount("successor").address;

describe("CatRegistry, retire", () => {
  let deployed: Deployed;
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(threeOfFive);
  });

  async function expectRefused(
    retirement: Retirement,
    signatories: readonly Signatory[] | undefined,
    error: string,
    args: unknown[],
  ): Promise<void> {
    const { registry } = deployed;
    await expect(registry.retire(retirement, approveRetirement(deployed, retirement, signatories)))
      .to.be.revertedWithCustomError(registry, error)
      .withArgs(...args);
    expect((await registry.retirement()).retired).to.equal(false);
  }

  it("is the latest act, says where to, and leaves the CAT", async () => {
    const { registry, domain, members } = deployed;
    await publishBatch(deployed, { depth: 3 });
    expect(toPlain(await registry.retirement())).to.deep.equal([false, 0n, ZeroAddress]);
    const before = await registry.state();
    const retirement = await draftRetirement(deployed, { successorChainId: 2n ** 200n, successor });
    const digest = hashRetirement(domain, retirement);
    await expect(registry.retire(retirement, approveRetirement(deployed, retirement)))
      .to.emit(registry, "Retired")
      .withArgs(
        2n,
        digest,
        [2n, before.head, 2n ** 200n, successor, retirement.deadline],
        members.slice(0, 3).map(({ address }) => address),
      );
    const time = BigInt(await networkHelpers.time.latest());
    expect(toPlain(await registry.state())).to.deep.equal([digest, before.root, 2n, time, 3n]);
    expect(toPlain(await registry.retirement())).to.deep.equal([true, 2n ** 200n, successor]);
  });

  it("may have no successor", async () => {
    await retireRegistry(deployed);
    expect(toPlain(await deployed.registry.retirement())).to.deep.equal([true, 0n, ZeroAddress]);
  });

  it("needs the council's threshold of members", async () => {
    const { members, domain } = deployed;
    const retirement = await draftRetirement(deployed);
    const stranger = makeAccount("stranger");
    await expectRefused(retirement, members.slice(0, 2), "CatRegistryBelowThreshold", [2, 3]);
    await expectRefused(retirement, [...members, stranger], "CatRegistryNotMember", [stranger.address]);
    const forged = { address: members[4]!.address, sign: stranger.sign };
    await expectRefused(retirement, [...members.slice(0, 4), forged], "CatRegistryInvalidSignature", [
      forged.address,
      hashRetirement(domain, retirement),
    ]);
    const twice = approveRetirement(deployed, retirement, members.slice(0, 3));
    await expect(deployed.registry.retire(retirement, [...twice, twice[2]!]))
      .to.be.revertedWithCustomError(deployed.registry, "CatRegistryUnordered")
      .withArgs(members[2]!.address, members[2]!.address);
  });

  it("refuses another place, a past deadline, and signatures for another successor or registry", async () => {
    const { registry, members, domain } = deployed;
    const retirement = await draftRetirement(deployed);
    await expectRefused({ ...retirement, seq: 2n }, undefined, "CatRegistryWrongSeq", [2, 1]);
    await expectRefused({ ...retirement, parent: ZeroHash }, undefined, "CatRegistryWrongParent", [
      ZeroHash,
      retirement.parent,
    ]);
    await expect(
      registry.retire({ ...retirement, deadline: 0n }, approveRetirement(deployed, retirement)),
    ).to.be.revertedWithCustomError(registry, "CatRegistryExpired");
    const twin = await deployRegistry({ members });
    for (const digest of [
      hashRetirement(domain, { ...retirement, successor }),
      hashRetirement(domain, { ...retirement, successorChainId: 1n }),
      hashRetirement(twin.domain, retirement),
    ])
      await expect(registry.retire(retirement, approve(digest, members))).to.be.revertedWithCustomError(
        registry,
        "CatRegistryInvalidSignature",
      );
  });

  it("ends every act, before anything else of it is looked at", async () => {
    const { registry, members } = deployed;
    await retireRegistry(deployed, { successorChainId: 100n, successor });
    const [batch, council] = [await draftBatch(deployed), await draftCouncil(deployed)];
    const retirement = await draftRetirement(deployed);
    const wrong = { seq: 0n, parent: ZeroHash, deadline: 0n };
    for (const sending of [
      () => registry.publish(batch, approveBatch(deployed, batch, members)),
      () => registry.publish({ ...batch, ...wrong }, []),
      () => registry.publishRows(batch, [], approveBatch(deployed, batch, members)),
      () => registry.changeCouncil(council, approveCouncil(deployed, council, members)),
      () => registry.changeCouncil({ ...council, ...wrong }, []),
      () => registry.retire(retirement, approveRetirement(deployed, retirement, members)),
      () => registry.retire({ ...retirement, ...wrong }, []),
    ])
      await expect(sending()).to.be.revertedWithCustomError(registry, "CatRegistryRetired").withArgs(100, successor);
  });

  it("leaves withdrawals, proofs and answers", async () => {
    const { registry } = deployed;
    const [row, other] = [sampleRow("row", 1n), sampleRow("other", 1n)];
    const cat = new ReferenceCat([row, other], 0);
    await publishBatch(deployed, { root: cat.root, rows: 2n });
    await retireRegistry(deployed);
    const ask = ({ nixId, swarmId }: typeof row) => {
      const { slot, siblings } = cat.prove(nixId);
      return registry.isApproved({ nixId, swarmId }, 1, slot, siblings);
    };
    expect(await ask(row)).to.equal(true);
    await registry.withdrawBuild(row.swarmId, "late");
    expect([await ask(row), await ask(other)]).to.deep.equal([false, true]);
    expect(await registry.withdrawnThrough(row.swarmId)).to.equal(3n);
    await registry.withdrawBatch(1, "later");
    expect(await ask(other)).to.equal(false);
    await registry.withdrawBatch(2, "the retirement's number, which means nothing");
    expect((await registry.retirement()).retired).to.equal(true);
    expect(await registry.withdrawnThrough(id("never withdrawn"))).to.equal(0n);
  });
});
