import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { ethers, networkHelpers } from "./support/network.js";
import { ReferenceCat, sampleRow, type CatRow } from "./support/reference-cat.js";
import { toPlain } from "./support/results.js";
import { deployRegistry, publishBatch, retireRegistry, type Deployed } from "./support/registry.js";

async function guarded(): Promise<Deployed> {
  const [guardian] = await ethers.getSigners();
  return await deployRegistry({ guardian: guardian!.address });
}

const ZERO_ID = "0x" + "00".repeat(20);

describe("CatRegistry, record and swarmIdOf", () => {
  let deployed: Deployed;
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(guarded);
  });

  const publishCat = (cat: ReferenceCat) => publishBatch(deployed, { depth: cat.depth, root: cat.root });
  const recorded = async (nixId: string) => toPlain(await deployed.registry.swarmIdOf(nixId));

  function record(cat: ReferenceCat, row: CatRow) {
    const { slot, siblings } = cat.prove(row.nixId);
    return deployed.registry.record(row, row.seq, slot, siblings);
  }

  async function expectRefused(sending: Promise<unknown>, error: string, args: unknown[]): Promise<void> {
    await expect(sending)
      .to.be.revertedWithCustomError(deployed.registry, error)
      .withArgs(...args);
  }

  for (const depth of [0, 1, 7, 8, 14, 15])
    it(`records rows of a CAT of depth ${depth}, for anyone, and answers them`, async () => {
      const rows = Array.from({ length: 40 }, (_, i) => sampleRow(`row ${i}`, BigInt(1 + (i % 2))));
      const cat = new ReferenceCat(rows, depth);
      await publishBatch(deployed);
      await publishCat(cat);
      const stranger = (await ethers.getSigners())[5]!;
      for (const row of rows.filter((_, i) => i % 13 === 0)) {
        const { slot, siblings } = cat.prove(row.nixId);
        expect(await recorded(row.nixId)).to.deep.equal([ZeroHash, 0n]);
        await expect(deployed.registry.connect(stranger).record(row, row.seq, slot, siblings))
          .to.emit(deployed.registry, "Mapped")
          .withArgs(row.nixId, row.seq, row.swarmId);
        expect(await recorded(row.nixId)).to.deep.equal([row.swarmId, row.seq]);
      }
    });

  it("does nothing where the same seq is recorded", async () => {
    const row = sampleRow("row", 1n);
    const cat = new ReferenceCat([row], 0);
    await publishCat(cat);
    await record(cat, row);
    const receipt = await (await record(cat, row)).wait();
    expect(receipt!.logs).to.deep.equal([]);
    expect(await recorded(row.nixId)).to.deep.equal([row.swarmId, 1n]);
  });

  it("keeps what it recorded until somebody records what replaced it", async () => {
    const row = sampleRow("row", 1n);
    const newer = { ...row, seq: 2n, swarmId: id("newer") };
    const [first, second] = [new ReferenceCat([row], 0), new ReferenceCat([newer], 0)];
    await publishCat(first);
    await record(first, row);
    await publishCat(second);
    expect(await recorded(row.nixId)).to.deep.equal([row.swarmId, 1n]); // stale
    await expectRefused(record(first, row), "CatRegistryInvalidProof", [first.root, second.root]);
    await record(second, newer);
    expect(await recorded(row.nixId)).to.deep.equal([newer.swarmId, 2n]);
  });

  it("records a tombstone with zero", async () => {
    const row = sampleRow("row", 1n);
    const tombstone = { ...row, seq: 2n, swarmId: ZeroHash };
    const [first, second] = [new ReferenceCat([row], 0), new ReferenceCat([tombstone], 0)];
    await publishCat(first);
    await record(first, row);
    await publishCat(second);
    await expect(record(second, tombstone)).to.emit(deployed.registry, "Mapped").withArgs(row.nixId, 2n, ZeroHash);
    expect(await recorded(row.nixId)).to.deep.equal([ZeroHash, 2n]);
  });

  it("refuses a row older than the recorded one, as only a wrong root can hold", async () => {
    const row = sampleRow("row", 2n);
    const [right, wrong] = [new ReferenceCat([row], 0), new ReferenceCat([{ ...row, seq: 1n }], 0)];
    await publishBatch(deployed);
    await publishCat(right);
    await record(right, row);
    await publishCat(wrong);
    await expectRefused(record(wrong, { ...row, seq: 1n }), "CatRegistryOlderMapping", [row.nixId, 1, 2]);
    expect(await recorded(row.nixId)).to.deep.equal([row.swarmId, 2n]);
  });

  it("refuses a seq that no act has, even where the root holds such a row", async () => {
    for (const seq of [0n, 2n, 2n ** 64n - 1n]) {
      deployed = await networkHelpers.loadFixture(guarded);
      const row = sampleRow("row", seq);
      const cat = new ReferenceCat([row], 0);
      await publishCat(cat);
      await expectRefused(record(cat, row), "CatRegistryUnknownBatch", [seq, 1, 1]);
    }
  });

  it("refuses the zero nixId, even where the root holds such a row", async () => {
    const row = { ...sampleRow("row", 1n), nixId: ZERO_ID };
    const cat = new ReferenceCat([row], 0);
    await publishCat(cat);
    await expectRefused(record(cat, row), "CatRegistryInvalidNixId", [ZERO_ID]);
  });

  it("refuses what is not proved: a changed row, slot or sibling, too few and too many siblings", async () => {
    const { registry } = deployed;
    const rows = Array.from({ length: 100 }, (_, i) => sampleRow(`row ${i}`, 1n));
    const cat = new ReferenceCat(rows, 8);
    await publishBatch(deployed);
    await publishCat(cat);
    const row = rows[17]!;
    const { slot, siblings } = cat.prove(row.nixId);
    const refuse = async (sending: Promise<unknown>) =>
      expect(sending).to.be.revertedWithCustomError(registry, "CatRegistryInvalidProof");
    await refuse(registry.record({ ...row, swarmId: id("another") }, 1n, slot, siblings));
    await refuse(registry.record(sampleRow("absent", 1n), 1n, slot, siblings));
    await refuse(registry.record(row, 2n, slot, siblings));
    await refuse(registry.record(row, 1n, slot ^ 1, siblings));
    await refuse(registry.record(row, 1n, slot, siblings.with(3, id("another"))));
    const malformed = "CatRegistryInvalidProof";
    await expectRefused(registry.record(row, 1n, slot + 64, siblings), malformed, [ZeroHash, cat.root]);
    for (const wrong of [[], siblings.slice(1), siblings.slice(0, 13), [...siblings, ...siblings.slice(-7)]])
      await expectRefused(registry.record(row, 1n, slot, wrong), malformed, [ZeroHash, cat.root]);
    await registry.record(row, 1n, slot, siblings);
  });

  it("answers zero for what was withdrawn since, and for what was when it was recorded", async () => {
    const [a, b, c] = ["a", "b", "c"].map((name) => sampleRow(name, 1n)) as [CatRow, CatRow, CatRow];
    const cat = new ReferenceCat([a, b, c], 0);
    await publishCat(cat);
    await record(cat, a);
    await deployed.registry.withdrawBuild(a.swarmId, "");
    await deployed.registry.withdrawBuild(b.swarmId, "");
    await record(cat, b);
    await record(cat, c);
    expect(await recorded(a.nixId)).to.deep.equal([ZeroHash, 1n]);
    expect(await recorded(b.nixId)).to.deep.equal([ZeroHash, 1n]);
    expect(await recorded(c.nixId)).to.deep.equal([c.swarmId, 1n]);
    await deployed.registry.withdrawBatch(1, "");
    expect(await recorded(c.nixId)).to.deep.equal([ZeroHash, 1n]);
    expect(await recorded(ZERO_ID)).to.deep.equal([ZeroHash, 0n]);
  });

  it("goes on after retirement", async () => {
    const row = sampleRow("row", 1n);
    const cat = new ReferenceCat([row], 0);
    await publishCat(cat);
    await retireRegistry(deployed);
    await record(cat, row);
    expect(await recorded(row.nixId)).to.deep.equal([row.swarmId, 1n]);
  });
});
