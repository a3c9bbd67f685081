import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import type { Batch } from "./support/acts.js";
import { deltaAddress, draftRows, sampleDelta } from "./support/delta.js";
import { ethers, networkHelpers } from "./support/network.js";
import type { CatRow } from "./support/reference-cat.js";
import { toPlain } from "./support/results.js";
import { approveBatch, deployRegistry, draftBatch, publishBatch, type Deployed } from "./support/registry.js";

async function twoOfThree(): Promise<Deployed> {
  return await deployRegistry();
}

describe("CatRegistry, publishRows", () => {
  let deployed: Deployed;
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(twoOfThree);
  });

  const submit = (batch: Batch, rows: CatRow[]) =>
    deployed.registry.publishRows(batch, rows, approveBatch(deployed, batch));
  const recorded = async (nixId: string) => toPlain(await deployed.registry.swarmIdOf(nixId));

  async function expectRefused(batch: Batch, rows: CatRow[], error: string, args: unknown[]): Promise<void> {
    const before = await deployed.registry.state();
    await expect(submit(batch, rows))
      .to.be.revertedWithCustomError(deployed.registry, error)
      .withArgs(...args);
    expect(await deployed.registry.state()).to.deep.equal(before);
  }

  for (const count of [1, 2, 3, 7, 33, 63, 64])
    it(`takes ${count} rows whose address an independent library confirms, stores and emits them`, async () => {
      const { registry } = deployed;
      const rows = sampleDelta(count, 1n);
      const batch = await draftRows(deployed, rows);
      const digest = await registry.batchDigest(batch);
      await (await submit(batch, rows)).wait();
      expect((await registry.state()).slice(0, 3)).to.deep.equal([digest, batch.root, 1n]);
      const [approved] = await registry.queryFilter(registry.filters.BatchApproved(1n));
      expect(approved!.args.digest).to.equal(digest);
      const mapped = await registry.queryFilter(registry.filters.Mapped());
      expect(mapped.map(({ args }) => toPlain(args))).to.deep.equal(
        rows.map(({ nixId, seq, swarmId }) => [nixId, seq, swarmId]),
      );
      expect(mapped.every(({ index }) => index > approved!.index)).to.equal(true);
      for (const { nixId, swarmId } of rows) expect(await recorded(nixId)).to.deep.equal([swarmId, 1n]);
    });

  it("stores and emits tombstones with zero", async () => {
    const [row] = sampleDelta(1, 1n) as [CatRow];
    await submit(await draftRows(deployed, [row]), [row]);
    const tombstone = { ...row, seq: 2n, swarmId: ZeroHash };
    await expect(submit(await draftRows(deployed, [tombstone]), [tombstone]))
      .to.emit(deployed.registry, "Mapped")
      .withArgs(row.nixId, 2n, ZeroHash);
    expect(await recorded(row.nixId)).to.deep.equal([ZeroHash, 2n]);
  });

  it("has publish's digest: either way takes the same approvals, and then the other is too late", async () => {
    const rows = sampleDelta(2, 1n);
    const batch = await draftRows(deployed, rows);
    await deployed.registry.publish(batch, approveBatch(deployed, batch));
    await expectRefused(batch, rows, "CatRegistryWrongSeq", [1, 2]);
    expect(await recorded(rows[0]!.nixId)).to.deep.equal([ZeroHash, 0n]);
  });

  it("refuses more than 64 rows, and another number of rows than the batch's", async () => {
    const rows = sampleDelta(65, 1n);
    const large = await draftBatch(deployed, { rows: 65n, depth: 1 });
    await expectRefused(large, rows, "CatRegistryInvalidRowCount", [65, 1, 64]);
    await expectRefused({ ...large, rows: 64n }, rows, "CatRegistryWrongRowCount", [65, 64]);
    const batch = await draftRows(deployed, rows.slice(0, 3));
    await expectRefused(batch, rows.slice(0, 2), "CatRegistryWrongRowCount", [2, 3]);
    await expectRefused(batch, [], "CatRegistryWrongRowCount", [0, 3]);
    await expectRefused({ ...batch, rows: 0n }, [], "CatRegistryInvalidRowCount", [0, 1, 64]);
  });

  it("refuses rows that do not strictly ascend, or are of the zero nixId, even where they were signed", async () => {
    const [a, b] = sampleDelta(2, 1n) as [CatRow, CatRow];
    const zero = "0x" + "00".repeat(20);
    for (const [rows, args] of [
      [
        [b, a],
        [a.nixId, b.nixId],
      ],
      [
        [a, a],
        [a.nixId, a.nixId],
      ],
      [
        [{ ...a, nixId: zero }, b],
        [zero, zero],
      ],
    ] as const)
      await expectRefused(await draftRows(deployed, rows), [...rows], "CatRegistryUnorderedRows", [...args]);
  });

  it("refuses rows that are not the delta that was signed", async () => {
    const rows = sampleDelta(3, 1n);
    const batch = await draftRows(deployed, rows);
    const other = rows.with(1, { ...rows[1]!, swarmId: id("another") });
    await expectRefused(batch, other, "CatRegistryDeltaMismatch", [batch.delta, await deltaAddress(other)]);
    // Signed with the rows of another batch: the contract hashes them with this batch's own number.
    const late = sampleDelta(3, 2n);
    const early = await draftRows(deployed, late);
    await expectRefused(early, late, "CatRegistryDeltaMismatch", [early.delta, await deltaAddress(rows)]);
  });

  it("does not take padding for rows: the span counts them", async () => {
    const rows = sampleDelta(1, 1n);
    const batch = await draftRows(deployed, sampleDelta(2, 1n), { rows: 1n });
    await expectRefused(batch, rows, "CatRegistryDeltaMismatch", [batch.delta, await deltaAddress(rows)]);
  });

  it("checks place, content, rows and approvals in this order", async () => {
    const { registry } = deployed;
    const good = sampleDelta(2, 1n);
    let batch: Batch = { ...(await draftRows(deployed, good)), seq: 9n, parent: ZeroHash, deadline: 0n };
    let rows = [...good].reverse().slice(1);
    batch = { ...batch, root: ZeroHash, delta: id("no delta"), rows: 65n, depth: 33 };
    const refuse = async (error: string) =>
      expect(registry.publishRows(batch, rows, [])).to.be.revertedWithCustomError(registry, error);
    const right = await draftBatch(deployed);
    await refuse("CatRegistryWrongSeq");
    batch = { ...batch, seq: 1n };
    await refuse("CatRegistryWrongParent");
    batch = { ...batch, parent: right.parent };
    await refuse("CatRegistryExpired");
    batch = { ...batch, deadline: right.deadline };
    await refuse("CatRegistryInvalidRoot");
    batch = { ...batch, root: right.root };
    await refuse("CatRegistryInvalidDepth");
    batch = { ...batch, depth: 1 };
    await refuse("CatRegistryInvalidRowCount");
    batch = { ...batch, rows: 2n };
    await refuse("CatRegistryWrongRowCount");
    rows = [...good].reverse();
    await refuse("CatRegistryUnorderedRows");
    rows = good;
    await refuse("CatRegistryDeltaMismatch");
    batch = { ...batch, delta: await deltaAddress(good) };
    await refuse("CatRegistryBelowThreshold");
    await submit(batch, rows);
  });

  it("says what was withdrawn, without forgetting what it recorded", async () => {
    const [guardian] = await ethers.getSigners();
    deployed = await deployRegistry({ guardian: guardian!.address });
    const rows = sampleDelta(2, 1n) as [CatRow, CatRow];
    await submit(await draftRows(deployed, rows), rows);
    await deployed.registry.withdrawBuild(rows[0].swarmId, "");
    expect(await recorded(rows[0].nixId)).to.deep.equal([ZeroHash, 1n]);
    expect(await recorded(rows[1].nixId)).to.deep.equal([rows[1].swarmId, 1n]);
    await deployed.registry.withdrawBatch(1, "");
    expect(await recorded(rows[1].nixId)).to.deep.equal([ZeroHash, 1n]);
    await publishBatch(deployed); // the act that the withdrawal of the build reaches
    const again = rows.map((row) => ({ ...row, seq: 3n }));
    await submit(await draftRows(deployed, again), again);
    for (const { nixId, swarmId } of again) expect(await recorded(nixId)).to.deep.equal([swarmId, 3n]);
  });
});
