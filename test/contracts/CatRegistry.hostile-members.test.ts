import { expect } from "chai";
import { getCreateAddress, id } from "ethers";
import { approve, ascending, hashBatch, silent, type Batch, type Signatory } from "./support/acts.js";
import { draftRows, sampleDelta } from "./support/delta.js";
import { deploy, ethers, isInstrumented, networkHelpers } from "./support/network.js";
import { printFigure } from "./support/results.js";
import {
  approveBatch,
  approveCouncil,
  approveRetirement,
  deployRegistry,
  draftBatch,
  draftCouncil,
  draftRetirement,
  makeAccount,
  makeAccounts,
  type Deployed,
} from "./support/registry.js";

const anna = makeAccount("anna");

/** A registry of an account and a contract, both needed; the contract is the guardian too. */
async function withContract(name: string, args: unknown[] = []): Promise<{ deployed: Deployed; contract: string }> {
  const contract = await deploy(name, args);
  const members = ascending([anna, silent(contract)]);
  return { deployed: await deployRegistry({ members, publishThreshold: 2, guardian: contract }), contract };
}

describe("CatRegistry, members that attack it while it asks them", () => {
  it("lets no member act in the middle of an act, what it may do by a transaction included", async () => {
    const { deployed, contract } = await networkHelpers.loadFixture(intruder);
    const { registry } = deployed;
    const face = registry.interface;
    const rows = sampleDelta(2, 1n);
    const ofRows = await draftRows(deployed, rows);
    const batch = await draftBatch(deployed);
    const council = await draftCouncil(deployed, { publishThreshold: 1n, councilThreshold: 1n });
    const retirement = await draftRetirement(deployed);
    const calls = [
      face.encodeFunctionData("publish", [batch, approveBatch(deployed, batch)]),
      face.encodeFunctionData("publishRows", [ofRows, rows, approveBatch(deployed, ofRows)]),
      face.encodeFunctionData("changeCouncil", [council, approveCouncil(deployed, council)]),
      face.encodeFunctionData("retire", [retirement, approveRetirement(deployed, retirement)]),
      face.encodeFunctionData("withdrawBuild", [id("build"), "from within"]),
    ];
    const member = await ethers.getContractAt("ERC1271Intruder", contract);
    const other = { ...batch, pack: id("another batch for the same place") };
    const gasLimit = 3_000_000n; // it calls and is asked in turns while there is enough
    const untouched = await networkHelpers.takeSnapshot();
    for (const call of calls) {
      await member.aim(await registry.getAddress(), call);
      const aimed = await networkHelpers.takeSnapshot();
      await member.fire({ gasLimit }); // nothing else is wrong with it
      await aimed.restore();
      await registry.publish(other, approveBatch(deployed, other), { gasLimit });
      const [{ head, seq }, { alarms }] = [await registry.state(), await registry.alarmState()];
      expect([head, seq, alarms]).to.deep.equal([hashBatch(deployed.domain, other), 1n, 0n]);
      expect((await registry.council()).publishThreshold).to.equal(2n);
      await untouched.restore();
    }
  });

  it("copies one word of an answer, however long it is", async function () {
    if (isInstrumented) this.skip();
    const { deployed, contract } = await withContract("ERC1271Bomb");
    const batch = await draftBatch(deployed);
    const answering = await ethers.provider.estimateGas({ to: contract, data: "0x1626ba7e" });
    const receipt = await (
      await deployed.registry.publish(batch, approveBatch(deployed, batch, deployed.members))
    ).wait();
    printFigure(`${receipt!.gasUsed} gas for an approval of ${answering} gas with a megabyte behind it`);
    expect(receipt!.gasUsed < answering + 100_000n).to.equal(true);
  });

  it("accepts at no gas limit what a member did not get to answer", async function () {
    if (isInstrumented) this.skip();
    const owner = makeAccount("wallet owner");
    const { deployed, contract } = await withContract("ERC1271Wallet", [owner.address]);
    const { registry } = deployed;
    const refusing = approvalsOf(deployed, contract, makeAccount("stranger").sign);
    const agreeing = approvalsOf(deployed, contract, owner.sign);
    const batch = await draftBatch(deployed);
    const needed = await registry.publish.estimateGas(batch, agreeing(batch));
    let accepted = 0;
    for (let gasLimit = 30_000n; gasLimit < needed + 40_000n; gasLimit += 2_500n) {
      expect(await isTaken(registry.publish(batch, refusing(batch), { gasLimit })), `${gasLimit}`).to.equal(false);
      const before = await registry.state();
      const snapshot = await networkHelpers.takeSnapshot();
      const taken = await isTaken(registry.publish(batch, agreeing(batch), { gasLimit }));
      const { head, seq } = await registry.state();
      expect([head, seq]).to.deep.equal(taken ? [hashBatch(deployed.domain, batch), 1n] : [before.head, before.seq]);
      if (taken) accepted++;
      await snapshot.restore();
    }
    expect(accepted).to.be.above(3);
  });

  it("asks a member that is the registry itself in vain, and lets it be voted out", async () => {
    const [sender] = await ethers.getSigners();
    const nonce = await ethers.provider.getTransactionCount(sender!.address);
    const itself = getCreateAddress({ from: sender!.address, nonce });
    const members = ascending([...makeAccounts(3), silent(itself)]);
    const deployed = await deployRegistry({ members, publishThreshold: 2, councilThreshold: 3 });
    const { registry } = deployed;
    expect(await registry.getAddress()).to.equal(itself);
    const batch = await draftBatch(deployed);
    await expect(registry.publish(batch, approveBatch(deployed, batch, members)))
      .to.be.revertedWithCustomError(registry, "CatRegistryInvalidSignature")
      .withArgs(itself, hashBatch(deployed.domain, batch));
    const people = makeAccounts(3);
    const council = await draftCouncil(deployed, { members: people.map(({ address }) => address) });
    await registry.changeCouncil(council, approveCouncil(deployed, council, people));
    expect((await registry.council()).members).to.have.length(3);
  });
});

async function intruder() {
  return withContract("ERC1271Intruder");
}

/** Approvals of anna and of the contract. */
function approvalsOf({ domain }: Deployed, contract: string, sign: Signatory["sign"]) {
  return (batch: Batch) => approve(hashBatch(domain, batch), [anna, { address: contract, sign }]);
}

async function isTaken(sent: Promise<{ wait(): Promise<unknown> }>): Promise<boolean> {
  try {
    await (await sent).wait();
    return true;
  } catch {
    return false;
  }
}
