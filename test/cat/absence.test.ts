import { expect } from "chai";
import fc from "fast-check";
import { proveMapping, verifyAbsence } from "../../src/cat/absence.js";
import { buildCat } from "../../src/cat/build.js";
import { verifyRow } from "../../src/cat/proof.js";
import { countLevels, EMPTY_CAT, makeCatChunk } from "../../src/cat/tree.js";
import { ChunkStore } from "./support/chunk-store.js";
import { groundRows, rowOf, rowsOf } from "./support/rows.js";

const flip = (bytes: Uint8Array, bit: number) =>
  bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

describe("proof of absence", () => {
  for (const depth of [0, 1, 7, 8, 15, 32])
    it(`holds for what is not listed and for nothing that is, at depth ${depth}`, async () => {
      const rows = rowsOf(40);
      const { cat, chunks } = buildCat(rows, depth);
      const store = new ChunkStore().put(chunks);
      for (let i = 0; i < 20; i++) {
        const { nixId } = rowOf(`absent ${i}`);
        const proof = await proveMapping(cat, nixId, store.get);
        if ("row" in proof) expect.fail("it is not listed");
        expect(proof.siblings).to.have.length(7 * countLevels(depth));
        expect(verifyAbsence(cat, nixId, proof)).to.equal(true);
        for (const row of rows) expect(verifyAbsence(cat, row.nixId, proof)).to.equal(false);
      }
      for (const row of rows) {
        const proof = await proveMapping(cat, row.nixId, store.get);
        if (!("row" in proof)) expect.fail("it is listed");
        expect([proof.row, verifyRow(cat, proof)]).to.deep.equal([row, true]);
      }
    });

  it("holds in the first CAT of every registry, which nobody has to store, and beside a full bucket's rows", async () => {
    const { nixId } = rowOf("any");
    const first = await proveMapping(EMPTY_CAT, nixId, new ChunkStore().get);
    expect("bucket" in first && verifyAbsence(EMPTY_CAT, nixId, first)).to.equal(true);
    const ground = groundRows(64, 32);
    const { cat, chunks } = buildCat(ground, 9);
    const beside = flip(ground[7]!.nixId, 159);
    const proof = await proveMapping(cat, beside, new ChunkStore().put(chunks).get);
    expect("bucket" in proof && verifyAbsence(cat, beside, proof)).to.equal(true);
  });

  it("is refused with anything changed, short or long", async () => {
    const { cat, chunks } = buildCat(rowsOf(40), 8);
    const { nixId } = rowOf("absent");
    const proof = await proveMapping(cat, nixId, new ChunkStore().put(chunks).get);
    if ("row" in proof) expect.fail("it is not listed");
    const { bucket, siblings } = proof;
    const refused = (changed: typeof proof) => {
      expect(verifyAbsence(cat, nixId, changed)).to.equal(false);
    };
    fc.assert(fc.property(fc.nat(4096 * 8 - 1), (bit) => refused({ siblings, bucket: flip(bucket, bit) })));
    for (const [at, sibling] of siblings.entries()) refused({ bucket, siblings: siblings.with(at, flip(sibling, at)) });
    refused({ bucket, siblings: siblings.slice(1) });
    refused({ bucket, siblings: [...siblings, siblings[0]!] });
    refused({ bucket, siblings: siblings.with(0, siblings[0]!.subarray(1)) });
    refused({ bucket: bucket.subarray(64), siblings });
    expect(verifyAbsence(cat, nixId.subarray(1), proof)).to.equal(false);
    expect(verifyAbsence({ ...cat, depth: 9 }, nixId, proof)).to.equal(false);
    expect(verifyAbsence({ ...cat, root: EMPTY_CAT.root }, nixId, proof)).to.equal(false);
  });

  it("is refused where the bucket is the CAT's, but none by the rules", () => {
    // Rows that do not ascend could hide one from a reader that stops early.
    const [a, b] = rowsOf(2);
    const { chunks } = buildCat([a!, b!], 0);
    const payload = chunks[0]!.data.slice(8);
    const swapped = new Uint8Array(4096);
    swapped.set(payload.subarray(64, 128));
    swapped.set(payload.subarray(0, 64), 64);
    const cat = { root: makeCatChunk(0, 0, swapped).address, depth: 0 };
    expect(verifyAbsence(cat, rowOf("absent").nixId, { bucket: swapped, siblings: [] })).to.equal(false);
  });
});
