import { expect } from "chai";
import fc from "fast-check";
import { fromHex, isHex, toHex } from "../../src/encoding/hex.js";

describe("hex", () => {
  it("goes there and back, also from the middle of a buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(5), (bytes, skip) => {
        const view = bytes.subarray(skip);
        expect(toHex(view)).to.equal(Array.from(view, (byte) => byte.toString(16).padStart(2, "0")).join(""));
        expect(fromHex(toHex(view), view.length)).to.deep.equal(new Uint8Array(view));
      }),
    );
  });

  const refused = ["ab", "abcdef", "0xab", "ABCD", "abcg", "abc\n", "ab c", "abc", "", "ａｂcd"];
  for (const text of refused)
    it(`refuses ${JSON.stringify(text)} for two bytes`, () => {
      expect(isHex(text, 2)).to.equal(false);
      expect(() => fromHex(text, 2)).to.throw(RangeError);
    });

  it("takes no bytes for no text", () => {
    expect(isHex("", 0)).to.equal(true);
    expect(fromHex("", 0)).to.deep.equal(new Uint8Array(0));
  });
});
