import { expect } from "chai";
import fc from "fast-check";
import { countChunks } from "../../src/bmt/count-chunks.js";
import { FileHasher } from "../../src/bmt/file-hasher.js";

describe("countChunks", () => {
  it("counts what the splitter makes", () => {
    const sizes = [0, 1, 4095, 4096, 4097, 128 * 4096, 128 * 4096 + 1, 129 * 4096, 129 * 4096 + 1, 257 * 4096];
    const size = fc.oneof(fc.constantFrom(...sizes), fc.nat(3_000_000));
    fc.assert(
      fc.property(size, (bytes) => {
        let chunks = 0;
        new FileHasher(() => chunks++).update(new Uint8Array(bytes)).digest();
        expect(countChunks(bytes)).to.equal(chunks);
      }),
      { numRuns: 30, examples: sizes.map((one) => [one]) },
    );
  });

  it("takes only sizes of files", () => {
    for (const size of [-1, 0.5, NaN, Infinity]) expect(() => countChunks(size)).to.throw(RangeError);
  });
});
