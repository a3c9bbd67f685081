import { expect } from "chai";
import fc from "fast-check";
import { compareVersions } from "../../../scripts/lab/debian/version.js";

// Each pair ascending, and each checked with `dpkg --compare-versions` (dpkg 1.21.22).
const ascending: [string, string][] = [
  ["1.0~rc1-1", "1.0-1"],
  ["1.0~~", "1.0~"],
  ["1.0", "1.0a"],
  ["1.0a", "1.0+b1"],
  ["1.9", "1.10"],
  ["9.9.9", "1:0.1"],
  ["2.36-9+deb12u4", "2.36-9+deb12u13"],
  ["1.35.0-4+deb12u1", "1.35.0-4+deb12u1+b1"],
  ["1-2-3", "1-3-1"],
  ["1.0", "1.0-1"],
  ["99999999999999999998", "99999999999999999999"],
];
const equal: [string, string][] = [
  ["0:1.0-1", "1.0-1"],
  ["1.0", "1.0-0"],
  ["1.01", "1.1"],
];

describe("lab/debian/version", () => {
  for (const [older, newer] of ascending) {
    it(`${older} is older than ${newer}`, () => {
      expect(compareVersions(older, newer)).to.be.lessThan(0);
      expect(compareVersions(newer, older)).to.be.greaterThan(0);
    });
  }
  for (const [a, b] of equal) it(`${a} equals ${b}`, () => void expect(compareVersions(a, b)).to.equal(0));

  it("is an order", () => {
    const version = fc.stringMatching(/^[0-9][0-9a-c.+~]{0,5}(-[0-9a~]{1,3})?$/);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).to.equal(0 - Math.sign(compareVersions(b, a)));
        const [first, second, third] = [a, b, c].sort(compareVersions);
        expect(compareVersions(first!, second!)).to.be.at.most(0);
        expect(compareVersions(first!, third!)).to.be.at.most(0);
      }),
    );
  });
});
