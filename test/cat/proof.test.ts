import { expect } from "chai";
import { readFileSync } from "node:fs";
import { buildCat } from "../../src/cat/build.js";
import { proveRow, type RowProof, verifyRow } from "../../src/cat/proof.js";
import { NIX_ID_SIZE } from "../../src/cat/row.js";
import { countLevels } from "../../src/cat/tree.js";
import { ChunkStore } from "./support/chunk-store.js";
import { rootOfProof } from "./support/plain-proof.js";
import { groundRows, rowOf, rowsOf, tombstoneOf } from "./support/rows.js";

const roots = JSON.parse(readFileSync("test/vectors/cat/roots.json", "utf8")) as Record<string, string>;

describe("proof of a row", () => {
  for (const depth of [0, 1, 3, 7, 8, 9, 14, 15])
    it(`leads to the address that bee-js computes, at depth ${depth}`, async () => {
      const rows = rowsOf(40);
      const cat = { root: roots[depth]!, depth };
      const store = new ChunkStore().put(buildCat(rows, depth).chunks);
      for (const row of rows) {
        const proof = (await proveRow(cat, row.nixId, store.get))!;
        expect(proof.row).to.deep.equal(row);
        expect(proof.siblings).to.have.length(6 + 7 * countLevels(depth));
        expect(verifyRow(cat, proof)).to.equal(true);
        expect(rootOfProof(proof, depth)).to.equal(cat.root);
      }
    });

  it("works for every slot of a full bucket, and at the greatest depth", async () => {
    for (const depth of [0, 32]) {
      const rows = groundRows(64, 32);
      const { cat, chunks } = buildCat(rows, depth);
      const store = new ChunkStore().put(chunks);
      for (const [slot, row] of rows.entries()) {
        const proof = (await proveRow(cat, row.nixId, store.get))!;
        expect(proof.slot).to.equal(slot);
        expect(verifyRow(cat, proof)).to.equal(true);
        expect(rootOfProof(proof, depth)).to.equal(cat.root);
      }
    }
  });

  it("is one of a tombstone as well, and there is none of a row that is not listed", async () => {
    const tombstone = tombstoneOf(rowOf("a"), 2);
    const { cat, chunks } = buildCat([tombstone], 3);
    const store = new ChunkStore().put(chunks);
    expect(verifyRow(cat, (await proveRow(cat, tombstone.nixId, store.get))!)).to.equal(true);
    expect(await proveRow(cat, rowOf("b").nixId, store.get)).to.equal(undefined);
  });

  describe("is refused", () => {
    const rows = rowsOf(40);
    const { cat, chunks } = buildCat(rows, 8);
    const proofOf = async (at: number) => (await proveRow(cat, rows[at]!.nixId, new ChunkStore().put(chunks).get))!;
    const flip = (bytes: Uint8Array, bit: number) =>
      bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

    it("with any bit of the row changed", async () => {
      const proof = await proofOf(5);
      const { row } = proof;
      for (let bit = 0; bit < 160; bit++)
        expect(verifyRow(cat, { ...proof, row: { ...row, nixId: flip(row.nixId, bit) } })).to.equal(false);
      for (let bit = 0; bit < 256; bit++)
        expect(verifyRow(cat, { ...proof, row: { ...row, swarmId: flip(row.swarmId, bit) } })).to.equal(false);
      for (const seq of [2, 3, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])
        expect(verifyRow(cat, { ...proof, row: { ...row, seq } })).to.equal(false);
    });

    it("with any bit of a sibling changed", async () => {
      const proof = await proofOf(6);
      for (let at = 0; at < proof.siblings.length; at++)
        for (let bit = 0; bit < 256; bit++) {
          const siblings = proof.siblings.with(at, flip(proof.siblings[at]!, bit));
          expect(verifyRow(cat, { ...proof, siblings })).to.equal(false);
        }
    });

    it("with another slot, siblings too many or too few or of another size, another depth, another root", async () => {
      const proof = await proofOf(7);
      const { siblings } = proof;
      for (let slot = 0; slot < 64; slot++) expect(verifyRow(cat, { ...proof, slot })).to.equal(slot === proof.slot);
      const bad: Partial<RowProof>[] = [
        ...[-1, 64, proof.slot + 64, proof.slot + 0.5, NaN, 2 ** 32 + proof.slot].map((slot) => ({ slot })),
        { siblings: [] },
        { siblings: siblings.slice(1) },
        { siblings: siblings.slice(0, -1) },
        { siblings: [...siblings, new Uint8Array(32)] },
        { siblings: siblings.with(0, siblings[0]!.subarray(1)) },
        { siblings: siblings.with(3, new Uint8Array([...siblings[3]!, 0])) },
      ];
      for (const change of bad) expect(verifyRow(cat, { ...proof, ...change })).to.equal(false);
      for (const depth of [0, 1, 7, 9, 14, 15, 32]) expect(verifyRow({ ...cat, depth }, proof)).to.equal(false);
      expect(verifyRow({ ...cat, root: "0".repeat(64) }, proof)).to.equal(false);
    });

    it("for bytes that are no row: half a bucket's hash, or an empty slot", async () => {
      const proof = await proofOf(8);
      const zero = { nixId: new Uint8Array(NIX_ID_SIZE), seq: 0, swarmId: new Uint8Array(32) };
      for (const row of [zero, { ...proof.row, seq: 0 }, { ...proof.row, swarmId: new Uint8Array(31) }])
        expect(verifyRow(cat, { ...proof, row })).to.equal(false);
    });
  });
});
