import { expect } from "chai";
import { AbiCoder, id, keccak256, toBeHex, toUtf8Bytes, TypedDataEncoder, ZeroAddress, ZeroHash } from "ethers";
import { ethers, networkHelpers } from "./support/network.js";
import { ReferenceCat, sampleRow, type CatRow } from "./support/reference-cat.js";
import { toPlain } from "./support/results.js";
import { deployRegistry, draftBatch, approveBatch, publishBatch, type Deployed } from "./support/registry.js";

async function guarded(): Promise<Deployed> {
  const [guardian] = await ethers.getSigners();
  return await deployRegistry({ guardian: guardian!.address });
}

/** Publishes the CAT with these rows as the next batch. */
async function publishRows(deployed: Deployed, rows: CatRow[]): Promise<ReferenceCat> {
  const cat = new ReferenceCat(rows, 0);
  await publishBatch(deployed, { root: cat.root, rows: BigInt(rows.length) });
  return cat;
}

async function isApproved({ registry }: Deployed, cat: ReferenceCat, row: CatRow): Promise<boolean> {
  const { slot, siblings } = cat.prove(row.nixId);
  return await registry.isApproved(row, row.seq, slot, siblings);
}

describe("CatRegistry, withdrawals", () => {
  let deployed: Deployed;
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(guarded);
  });

  async function expectRefused(sending: Promise<unknown>, error: string, args: unknown[]): Promise<void> {
    await expect(sending)
      .to.be.revertedWithCustomError(deployed.registry, error)
      .withArgs(...args);
  }

  it("are the guardian's alone", async () => {
    const { registry, guardian } = deployed;
    const stranger = (await ethers.getSigners())[1]!;
    const asStranger = registry.connect(stranger);
    await publishBatch(deployed);
    const args = [stranger.address, guardian];
    await expectRefused(asStranger.withdrawBatch(1, ""), "CatRegistryNotGuardian", args);
    await expectRefused(asStranger.withdrawBuild(id("build"), ""), "CatRegistryNotGuardian", args);
  });

  it("are nobody's where the guardian is zero", async () => {
    const { registry } = await deployRegistry({ guardian: ZeroAddress });
    const [signer] = await ethers.getSigners();
    const args = [signer!.address, ZeroAddress];
    await expectRefused(registry.withdrawBuild(id("build"), ""), "CatRegistryNotGuardian", args);
    await expectRefused(
      registry.connect(ethers.provider).withdrawBuild.staticCall(id("build"), "", { from: ZeroAddress }),
      "CatRegistryNotGuardian",
      [ZeroAddress, ZeroAddress],
    );
  });

  it("of a batch are marked, once", async () => {
    const { registry } = deployed;
    await publishBatch(deployed);
    await publishBatch(deployed);
    expect(await registry.isBatchWithdrawn(1)).to.equal(false);
    await expect(registry.withdrawBatch(1, "a bad builder")).to.emit(registry, "BatchWithdrawn");
    expect([await registry.isBatchWithdrawn(1), await registry.isBatchWithdrawn(2)]).to.deep.equal([true, false]);
    await expectRefused(registry.withdrawBatch(1, "again"), "CatRegistryBatchAlreadyWithdrawn", [1]);
  });

  it("of a batch that is not there are refused, and not answered", async () => {
    const { registry } = deployed;
    await publishBatch(deployed);
    for (const seq of [0n, 2n, 2n ** 64n - 1n]) {
      await expectRefused(registry.withdrawBatch(seq, ""), "CatRegistryUnknownBatch", [seq, 1, 1]);
      await expectRefused(registry.isBatchWithdrawn(seq), "CatRegistryUnknownBatch", [seq, 1, 1]);
    }
  });

  it("of a build reach through the next act, and are repeated only to reach further", async () => {
    const { registry } = deployed;
    const build = id("build");
    expect(await registry.withdrawnThrough(build)).to.equal(0n);
    await registry.withdrawBuild(build, "");
    expect(await registry.withdrawnThrough(build)).to.equal(1n);
    await expectRefused(registry.withdrawBuild(build, ""), "CatRegistryBuildAlreadyWithdrawn", [build, 1]);
    await publishBatch(deployed);
    await registry.withdrawBuild(build, "");
    expect(await registry.withdrawnThrough(build)).to.equal(2n);
    expect(await registry.withdrawnThrough(id("another"))).to.equal(0n);
  });

  it("of the zero build are refused", async () => {
    await expectRefused(deployed.registry.withdrawBuild(ZeroHash, ""), "CatRegistryInvalidBuild", [ZeroHash]);
  });

  it("have reasons up to 1,024 bytes, not characters", async () => {
    const { registry } = deployed;
    await publishBatch(deployed);
    await registry.withdrawBatch(1, "é".repeat(512));
    await registry.withdrawBuild(id("build"), "x".repeat(1024));
    const args = [1026, 1024];
    await expectRefused(registry.withdrawBatch(1, "é".repeat(513)), "CatRegistryReasonTooLong", args);
    await expectRefused(registry.withdrawBuild(id("other"), "é".repeat(513)), "CatRegistryReasonTooLong", args);
  });

  it("leave the acts' head alone: a batch signed before still fits", async () => {
    const { registry } = deployed;
    await publishBatch(deployed);
    const batch = await draftBatch(deployed);
    const approvals = approveBatch(deployed, batch);
    const before = await registry.state();
    await registry.withdrawBatch(1, "");
    await registry.withdrawBuild(id("build"), "");
    expect(await registry.state()).to.deep.equal(before);
    await registry.publish(batch, approvals);
  });

  it("are a hash chain that the events give back", async () => {
    const { registry, domain } = deployed;
    await registry.withdrawBuild(id("build"), "first");
    await publishBatch(deployed);
    await registry.withdrawBatch(1, "second ✓");
    await registry.withdrawBuild(id("build"), "");

    const abi = AbiCoder.defaultAbiCoder();
    const types = ["bytes32", "uint64", "uint8", "bytes32", "uint64", "bytes32"];
    const ofBatches = (await registry.queryFilter(registry.filters.BatchWithdrawn())).map(({ args }) => {
      const { alarm, seq, reason, alarmHead } = args;
      return { alarm, kind: 1, subject: toBeHex(seq, 32), through: 0n, reason, alarmHead };
    });
    const ofBuilds = (await registry.queryFilter(registry.filters.BuildWithdrawn())).map(({ args }) => {
      const { alarm, swarmId, through, reason, alarmHead } = args;
      return { alarm, kind: 2, subject: swarmId, through, reason, alarmHead };
    });
    const alarms = [...ofBatches, ...ofBuilds].sort((a, b) => Number(a.alarm - b.alarm));
    expect(alarms.map(({ alarm, kind, through }) => [alarm, kind, through])).to.deep.equal([
      [1n, 2, 1n],
      [2n, 1, 0n],
      [3n, 2, 2n],
    ]);
    let head = TypedDataEncoder.hashDomain(domain);
    for (const { alarm, kind, subject, through, reason, alarmHead } of alarms) {
      const reasonHash = keccak256(toUtf8Bytes(reason));
      head = keccak256(abi.encode(types, [head, alarm, kind, subject, through, reasonHash]));
      expect(alarmHead).to.equal(head);
    }
    expect(toPlain(await registry.alarmState())).to.deep.equal([head, 3n]);
  });

  it("of a batch end its rows, and its rows alone, until they are listed again", async () => {
    const { registry } = deployed;
    const mine = sampleRow("mine", 1n);
    const other = sampleRow("other", 2n);
    await publishRows(deployed, [mine]);
    let cat = await publishRows(deployed, [mine, other]);
    await registry.withdrawBatch(1, "");
    expect([await isApproved(deployed, cat, mine), await isApproved(deployed, cat, other)]).to.deep.equal([
      false,
      true,
    ]);

    // An unrelated batch keeps the row with its seq, and revives nothing.
    const third = sampleRow("third", 3n);
    cat = await publishRows(deployed, [mine, other, third]);
    expect(await isApproved(deployed, cat, mine)).to.equal(false);

    const again = { ...mine, seq: 4n };
    cat = await publishRows(deployed, [again, other, third]);
    expect(await isApproved(deployed, cat, again)).to.equal(true);
    expect(await registry.isApproved(mine, 1, cat.prove(mine.nixId).slot, cat.prove(mine.nixId).siblings)).to.equal(
      false,
    );
  });

  it("of a build end it through the next act, and a later one lists it again", async () => {
    const { registry } = deployed;
    const first = sampleRow("a build", 1n);
    // Another path that leads to the same build falls with it.
    const second = { ...sampleRow("another path", 1n), swarmId: first.swarmId };
    const other = sampleRow("other", 1n);
    let cat = await publishRows(deployed, [first, second, other]);
    expect(await isApproved(deployed, cat, first)).to.equal(true);

    await registry.withdrawBuild(first.swarmId, "");
    for (const [row, holds] of [
      [first, false],
      [second, false],
      [other, true],
    ] as const) {
      expect(await isApproved(deployed, cat, row)).to.equal(holds);
    }

    const signedBefore = { ...first, seq: 2n };
    cat = await publishRows(deployed, [signedBefore, other]);
    expect(await isApproved(deployed, cat, signedBefore)).to.equal(false);

    const onPurpose = { ...first, seq: 3n };
    cat = await publishRows(deployed, [onPurpose, other]);
    expect(await isApproved(deployed, cat, onPurpose)).to.equal(true);

    await registry.withdrawBuild(first.swarmId, "");
    expect(await isApproved(deployed, cat, onPurpose)).to.equal(false);
  });
});
