import { expect } from "chai";
import fc from "fast-check";
import { hexlify, ZeroHash } from "ethers";
import type { CatProofHarness } from "../../../src/registry/contract-types/mocks/CatProofHarness.js";
import { ethers } from "../support/network.js";
import { ReferenceCat, type CatRow } from "../support/reference-cat.js";

const bytes = (length: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(hexlify);
const arbitraryRow: fc.Arbitrary<CatRow> = fc.record({
  nixId: bytes(20),
  seq: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  swarmId: bytes(32),
});

describe("CatProof", () => {
  let harness: CatProofHarness;
  before(async () => {
    harness = await ethers.deployContract("CatProofHarness");
  });

  it("leads from any row to the root, at every depth", async () => {
    const anyRows = fc.uniqueArray(arbitraryRow, { minLength: 1, maxLength: 8, selector: (row) => row.nixId });
    for (let depth = 0; depth <= 32; depth++) {
      await fc.assert(
        fc.asyncProperty(anyRows, async (rows) => {
          const cat = new ReferenceCat(rows, depth);
          const row = rows[0]!;
          const { slot, siblings } = cat.prove(row.nixId);
          expect(await harness.computeRoot(row, row.seq, slot, depth, siblings)).to.equal(cat.root);
        }),
        { numRuns: 3 },
      );
    }
  }).timeout(60_000);

  it("leads to zero where slot, depth or the number of siblings is impossible", async () => {
    const row = { nixId: "0x" + "01".repeat(20), swarmId: "0x" + "02".repeat(32) };
    const siblings = (count: number): string[] => Array.from({ length: count }, () => ZeroHash);
    expect(await harness.computeRoot(row, 1, 0, 32, siblings(41))).to.not.equal(ZeroHash);
    for (const [slot, depth, count] of [
      [64, 32, 41],
      [255, 0, 6],
      [0, 33, 41],
      [0, 35, 41],
      [0, 36, 48],
      [0, 255, 265],
      [0, 0, 0],
      [0, 0, 5],
      [0, 0, 13],
      [0, 7, 20],
      [0, 8, 13],
      [0, 28, 41],
    ] as const) {
      expect(await harness.computeRoot(row, 1, slot, depth, siblings(count))).to.equal(ZeroHash);
    }
  });
});
