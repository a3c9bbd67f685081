import { expect } from "chai";
import { requireYoung } from "../../src/registry/block-age.js";
import { codeOf } from "../support/code-of.js";

const at = (time: number) => ({ hash: "0x", parentHash: "0x", number: 5, time, stateRoot: "0x" });

describe("requireYoung", () => {
  it("says how old a block is, and takes one that is as old as allowed", () => {
    expect(requireYoung(at(1000), 60, 1060.9)).to.equal(60);
    expect(requireYoung(at(1000), undefined, 5000)).to.equal(4000);
  });

  it("takes one that is a little ahead of the clock", () => {
    expect(requireYoung(at(1900), 60, 1000)).to.equal(-900);
  });

  it("refuses what is older, or far ahead, unless there is no limit", async () => {
    expect(await codeOf(() => requireYoung(at(1000), 60, 1061))).to.equal("BLOCK_TOO_OLD");
    expect(await codeOf(() => requireYoung(at(1901), 60, 1000))).to.equal("BLOCK_FROM_FUTURE");
    expect(requireYoung(at(9999), undefined, 1000)).to.equal(-8999);
  });
});
