import { expect } from "chai";
import fc from "fast-check";
import { compareBytes, concatBytes, equalBytes, isZero } from "../../src/encoding/bytes.js";

describe("bytes", () => {
  it("are joined into new ones", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (parts) => {
        const joined = concatBytes(...parts);
        expect([...joined]).to.deep.equal(parts.flatMap((part) => [...part]));
      }),
    );
    const part = Uint8Array.of(1);
    concatBytes(part)[0] = 2;
    expect(part[0]).to.equal(1);
  });

  it("are ordered as unsigned, a prefix first", () => {
    const ordered = [[], [0], [0, 0], [0, 255], [1], [127], [128], [128, 0], [255]].map((bytes) =>
      Uint8Array.from(bytes),
    );
    for (const [i, a] of ordered.entries())
      for (const [j, b] of ordered.entries()) {
        expect(Math.sign(compareBytes(a, b))).to.equal(Math.sign(i - j));
        expect(equalBytes(a, b)).to.equal(i === j);
      }
  });

  it("are equal by content, whatever holds them", () => {
    expect(equalBytes(Buffer.from([1, 2]), Uint8Array.of(0, 1, 2).subarray(1))).to.equal(true);
  });

  it("are zero where each is", () => {
    expect(isZero(new Uint8Array(64))).to.equal(true);
    expect(isZero(new Uint8Array(0))).to.equal(true);
    for (let at = 0; at < 64; at++) expect(isZero(new Uint8Array(64).with(at, 1))).to.equal(false);
  });
});
