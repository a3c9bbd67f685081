import { BZZ } from "@ethersphere/bee-js";
import { expect } from "chai";
import fc from "fast-check";
import { formatBzz, formatXdai, parseXdai, priceOf } from "../../../src/swarm/postage/bzz.js";

describe("amounts of postage", () => {
  it("are exact, as bee-js has them", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 30n), (plur) => {
        expect(BZZ.fromDecimalString(formatBzz(plur)).toPLURBigInt()).to.equal(plur);
      }),
    );
    expect([formatBzz(0n), formatBzz(1n), formatBzz(15n * 10n ** 15n), formatBzz(-1n)]).to.deep.equal([
      ...["0", "0.0000000000000001", "1.5", "-0.0000000000000001"],
    ]);
  });

  it("read a price as they write it, and nothing else", () => {
    fc.assert(fc.property(fc.bigInt(0n, 10n ** 30n), (wei) => void expect(parseXdai(formatXdai(wei))).to.equal(wei)));
    for (const text of ["", ".5", "1.", "1e3", "-1", "01", " 1", "1,5", `0.${"1".repeat(19)}`])
      expect(parseXdai(text), text).to.equal(undefined);
  });

  it("round up what is paid", () => {
    expect(priceOf(10n ** 16n, 120_000_000_000_000_000n)).to.equal(120_000_000_000_000_000n);
    expect(priceOf(1n, 1n)).to.equal(1n);
    expect(priceOf(0n, 5n)).to.equal(0n);
  });
});
