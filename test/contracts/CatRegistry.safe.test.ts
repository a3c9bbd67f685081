import { expect } from "chai";
import { id } from "ethers";
import {
  addressesOf,
  approve,
  hashBatch,
  hashCouncil,
  silent,
  type Batch,
  type Council,
  type Signatory,
} from "./support/acts.js";
import { networkHelpers } from "./support/network.js";
import {
  approveBatch,
  deployRegistry,
  draftBatch,
  draftCouncil,
  makeAccount,
  type Deployed,
} from "./support/registry.js";
import { printFigure } from "./support/results.js";
import { deploySafeMember, type SafeMember } from "./support/safe-member.js";

const [anna, bert] = [makeAccount("anna"), makeAccount("bert")];

/** A Safe and an account, both needed for everything; the Safe is the guardian as well. */
async function safeAndAnna(): Promise<{ member: SafeMember; deployed: Deployed }> {
  const member = await deploySafeMember("the member");
  const members = [member.as(), anna];
  const { address } = member.safe;
  const deployed = await deployRegistry({ members, publishThreshold: 2, councilThreshold: 2, guardian: address });
  return { member, deployed };
}

describe("CatRegistry, a Safe as a member", () => {
  let member: SafeMember;
  let deployed: Deployed;
  let batch: Batch;
  beforeEach(async () => {
    ({ member, deployed } = await networkHelpers.loadFixture(safeAndAnna));
    batch = await draftBatch(deployed);
  });

  const publish = async (safe: Signatory): Promise<unknown> =>
    deployed.registry.publish(batch, approveBatch(deployed, batch, [safe, anna]));

  async function expectAccepted(safe: Signatory): Promise<void> {
    await publish(safe);
    expect((await deployed.registry.state()).head).to.equal(hashBatch(deployed.domain, batch));
  }

  async function expectRefused(safe: Signatory): Promise<void> {
    await expect(publish(safe))
      .to.be.revertedWithCustomError(deployed.registry, "CatRegistryInvalidSignature")
      .withArgs(safe.address, hashBatch(deployed.domain, batch));
  }

  it("signs by two of its three owners, whichever", async () => {
    const [a, b, c] = member.owners as [never, never, never];
    for (const two of [
      [a, b],
      [a, c],
      [b, c],
    ]) {
      await expectAccepted(member.as(two));
      batch = await draftBatch(deployed);
    }
  });

  it("does not sign by one owner, by a stranger, in another order, or by one owner twice", async () => {
    const [a, b] = member.owners as [never, never];
    const stranger = (await deploySafeMember("others")).owners[0]!;
    for (const owners of [[a], [b, a], [a, a], [a, stranger], []]) await expectRefused(member.as(owners));
  });

  it("does not sign by signatures over the bare digest, which every registry member could be asked for", async () => {
    const bare = member.owners.slice(0, 2).map(
      ({ signingKey }) =>
        (digest: string) =>
          signingKey.sign(digest),
    );
    const sign = (digest: string): string => "0x" + bare.map((one) => one(digest).serialized.slice(2)).join("");
    await expectRefused({ address: member.safe.address, sign });
  });

  it("does not lend its signature to another Safe with the same owners", async () => {
    const twin = await deploySafeMember("the member");
    expect(twin.owners.map(({ address }) => address)).to.deep.equal(member.owners.map(({ address }) => address));
    await expectRefused({ address: member.safe.address, sign: twin.as().sign });
  });

  it("signs on chain, and then needs no signature", async () => {
    const unsigned = silent(member.safe.address);
    await expectRefused(unsigned);
    await member.safe.signOnChain(id("another digest"), member.owners.slice(0, 2));
    await expectRefused(unsigned);
    await member.safe.signOnChain(hashBatch(deployed.domain, batch), member.owners.slice(1));
    await expectAccepted(unsigned);
    batch = await draftBatch(deployed);
    await expectRefused(unsigned);
  });

  it("approves by the owners and the threshold that it has when the batch is submitted", async () => {
    const { address, contract } = member.safe;
    const two = member.as();
    await member.execute(address, contract.interface.encodeFunctionData("changeThreshold", [3]));
    await expectRefused(two);
    await expectAccepted(member.as(member.owners));
  });

  it("joins a council by its own approval, decides, and leaves", async () => {
    const joiner = await deploySafeMember("the joiner");
    const submit = (council: Council, who: readonly Signatory[]): Promise<unknown> =>
      deployed.registry.changeCouncil(council, approve(hashCouncil(deployed.domain, council), who));
    const both = [member.as(), anna];
    const grown = await draftCouncil(deployed, { members: addressesOf([...both, joiner.as()]) });
    await expect(submit(grown, both))
      .to.be.revertedWithCustomError(deployed.registry, "CatRegistryMemberNotProven")
      .withArgs(joiner.safe.address);
    await expect(submit(grown, [...both, joiner.as(joiner.owners.slice(0, 1))]))
      .to.be.revertedWithCustomError(deployed.registry, "CatRegistryInvalidSignature")
      .withArgs(joiner.safe.address, hashCouncil(deployed.domain, grown));
    await submit(grown, [...both, joiner.as()]);

    batch = await draftBatch(deployed);
    await deployed.registry.publish(batch, approveBatch(deployed, batch, [joiner.as(), member.as()]));

    const without = await draftCouncil(deployed, { members: addressesOf([joiner.as(), anna]) });
    await submit(without, [member.as(), joiner.as()]);
    batch = await draftBatch(deployed);
    await expect(publish(member.as()))
      .to.be.revertedWithCustomError(deployed.registry, "CatRegistryNotMember")
      .withArgs(member.safe.address);
    await deployed.registry.publish(batch, approveBatch(deployed, batch, [joiner.as(), anna]));
  });

  it("cannot join where it is not deployed, whoever signs for it", async () => {
    const council = await draftCouncil(deployed, { members: addressesOf([member.as(), anna, bert]) });
    const digest = hashCouncil(deployed.domain, council);
    const undeployed = { address: bert.address, sign: (hash: string) => member.as().sign(hash) };
    await expect(deployed.registry.changeCouncil(council, approve(digest, [member.as(), anna, undeployed])))
      .to.be.revertedWithCustomError(deployed.registry, "CatRegistryInvalidSignature")
      .withArgs(bert.address, digest);
  });

  it("withdraws as the guardian, by a transaction of its own", async () => {
    const { registry } = deployed;
    await publish(member.as());
    await member.execute(
      await registry.getAddress(),
      registry.interface.encodeFunctionData("withdrawBuild", [id("a build"), "two owners say so"]),
    );
    expect(await registry.withdrawnThrough(id("a build"))).to.equal(2n);
  });

  it("costs what its check of two owners costs", async () => {
    await publish(member.as());
    batch = await draftBatch(deployed);
    const receipt = await (
      await deployed.registry.publish(batch, approveBatch(deployed, batch, [member.as(), anna]))
    ).wait();
    printFigure(`publish by a Safe (2 of 3) and an account: ${receipt!.gasUsed} gas`);
  });
});
