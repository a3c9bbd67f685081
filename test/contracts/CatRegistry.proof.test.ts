import { MerkleTree } from "@ethersphere/bee-js";
import { expect } from "chai";
import { hexlify, id, ZeroHash } from "ethers";
import { networkHelpers } from "./support/network.js";
import { ReferenceCat, sampleRow, type CatRow, type RowProof } from "./support/reference-cat.js";
import { deployRegistry, publishBatch, type Deployed } from "./support/registry.js";

async function plain(): Promise<Deployed> {
  return await deployRegistry();
}

/** Rows of two batches: a full bucket at depth 0, a few in most buckets above. */
const sampleRows = (count: number): CatRow[] =>
  Array.from({ length: count }, (_, i) => sampleRow(`row ${i}`, BigInt(1 + (i % 2))));

describe("CatRegistry, isApproved", () => {
  let deployed: Deployed;
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(plain);
  });

  async function publishCat(cat: ReferenceCat): Promise<void> {
    await publishBatch(deployed, { depth: cat.depth });
    await publishBatch(deployed, { depth: cat.depth, root: cat.root });
  }

  const ask = (row: CatRow, proof: RowProof, seq = row.seq): Promise<boolean> =>
    deployed.registry.isApproved(row, seq, proof.slot, proof.siblings);

  for (const [depth, count] of [
    [0, 64],
    [1, 70],
    [7, 300],
    [8, 500],
  ] as const) {
    it(`proves rows of a CAT of depth ${depth}, whose root an independent library confirms`, async () => {
      const rows = sampleRows(count);
      const cat = new ReferenceCat(rows, depth);
      expect(hexlify((await MerkleTree.root(cat.toBytes())).hash())).to.equal(cat.root);
      await publishCat(cat);
      for (const row of rows.filter((_, i) => i % Math.ceil(count / 16) === 0)) {
        const proof = cat.prove(row.nixId);
        expect(proof.siblings).to.have.length(6 + 7 * Math.ceil(depth / 7));
        expect(await ask(row, proof)).to.equal(true);
      }
    });
  }

  describe("at depth 8", () => {
    const rows = sampleRows(500);
    const row = rows[17]!;
    const cat = new ReferenceCat(rows, 8);
    const proof = cat.prove(row.nixId);
    beforeEach(async () => {
      await publishCat(cat);
    });

    it("is false for a row that is changed in any part", async () => {
      expect(await ask(row, proof)).to.equal(true);
      const flipped = row.nixId.slice(0, -1) + (row.nixId.endsWith("0") ? "1" : "0");
      const otherBucket = (row.nixId.startsWith("0x0") ? "0x1" : "0x0") + row.nixId.slice(3);
      for (const changed of [
        { ...row, nixId: flipped },
        { ...row, nixId: otherBucket },
        { ...row, swarmId: id("another") },
        { ...row, seq: row.seq === 1n ? 2n : 1n },
      ]) {
        expect(await ask(changed, proof)).to.equal(false);
      }
    });

    it("is false for a row that is not there", async () => {
      expect(await ask(sampleRow("absent", 1n), proof)).to.equal(false);
    });

    it("is false for another slot and for slots that no bucket has", async () => {
      for (const slot of [proof.slot ^ 1, proof.slot ^ 32, proof.slot + 64, 64, 255]) {
        expect(await ask(row, { ...proof, slot })).to.equal(false);
      }
    });

    it("is false for a wrong number of siblings", async () => {
      const { siblings } = proof;
      for (const wrong of [
        [],
        siblings.slice(1),
        siblings.slice(0, -1),
        siblings.slice(0, 6),
        siblings.slice(0, 13),
        [...siblings, ZeroHash],
        [...siblings, ...siblings.slice(-7)],
      ]) {
        expect(await ask(row, { ...proof, siblings: wrong })).to.equal(false);
      }
    });

    it("is false where any one sibling is another", async () => {
      for (let i = 0; i < proof.siblings.length; i++) {
        expect(await ask(row, { ...proof, siblings: proof.siblings.with(i, id("another")) })).to.equal(false);
      }
    });

    it("is false for the row of an older root once it is gone", async () => {
      const next = new ReferenceCat([...rows.filter((other) => other !== row), { ...row, seq: 3n }], 8);
      await publishBatch(deployed, { depth: 8, root: next.root });
      expect(await ask(row, proof)).to.equal(false);
      expect(await ask(row, next.prove(row.nixId))).to.equal(false);
      expect(await ask({ ...row, seq: 3n }, next.prove(row.nixId))).to.equal(true);
    });
  });

  it("is false for a seq of no act, even where the root holds such a row", async () => {
    for (const seq of [0n, 3n, 2n ** 64n - 1n]) {
      const row = sampleRow("of no act", seq);
      const cat = new ReferenceCat([row], 0);
      const fresh = await deployRegistry();
      await publishBatch(fresh);
      await publishBatch(fresh, { root: cat.root });
      const { slot, siblings } = cat.prove(row.nixId);
      expect(await fresh.registry.isApproved(row, seq, slot, siblings)).to.equal(false);
    }
  });

  it("is false for a tombstone and for the zero nixId, even where they are at the root", async () => {
    const tombstone = { ...sampleRow("a tombstone", 1n), swarmId: ZeroHash };
    const zero = { ...sampleRow("zero", 1n), nixId: "0x" + "00".repeat(20) };
    const live = sampleRow("live", 1n);
    const cat = new ReferenceCat([tombstone, zero, live], 0);
    await publishCat(cat);
    for (const [row, holds] of [
      [tombstone, false],
      [zero, false],
      [live, true],
    ] as const) {
      expect(await ask(row, cat.prove(row.nixId))).to.equal(holds);
    }
  });

  it("is false for everything in the first, empty CAT", async () => {
    const empty = new ReferenceCat([], 0);
    expect((await deployed.registry.state()).root).to.equal(empty.root);
    const anyone = { nixId: "0x" + "00".repeat(20), swarmId: ZeroHash };
    const zeros = new ReferenceCat([{ ...anyone, seq: 0n }], 0);
    expect(zeros.root).to.equal(empty.root);
    const { slot, siblings } = zeros.prove(anyone.nixId);
    expect(await deployed.registry.isApproved(anyone, 0, slot, siblings)).to.equal(false);
  });
});
