import { expect } from "chai";
import { compareCharters } from "../../src/consortium/charter-difference.js";
import type { Charter, CharterMember } from "../../src/members/charter.js";

const [first, second] = [`0x${"1".repeat(40)}`, `0x${"2".repeat(40)}`];
const member = (address: string, changes: Partial<CharterMember> = {}): CharterMember => ({
  ...{ address, name: "uni", ownedKey: first, nixKeys: { rebuilt: "uni-rebuilt-1:AAAA" } },
  ...changes,
});
const charter = (...members: CharterMember[]): Charter => ({
  ...{ format: "catnix-charter/1", name: "a consortium", storeDir: "/nix/store" },
  members,
});

describe("compareCharters", () => {
  it("names every key and word that changes, of those who stay alone", () => {
    const was = charter(member(first, { title: "A university" }), member(second));
    const scope = { packages: ["python3*"] };
    const is = charter(member(first, { ownedKey: second, nixKeys: { copied: "uni-copied-1:AAAA" }, scope }));
    expect(compareCharters(was, is)).to.deep.equal([
      { member: first, field: "title", was: "A university", is: undefined },
      { member: first, field: "ownedKey", was: first, is: second },
      { member: first, field: "nixKeys.rebuilt", was: "uni-rebuilt-1:AAAA", is: undefined },
      { member: first, field: "nixKeys.copied", was: undefined, is: "uni-copied-1:AAAA" },
      { member: first, field: "scope", was: undefined, is: JSON.stringify(scope) },
    ]);
  });

  it("finds nothing between a charter and itself", () => {
    expect(compareCharters(charter(member(first)), charter(member(first)))).to.deep.equal([]);
    expect(compareCharters(charter(), charter(member(first)))).to.deep.equal([]);
  });
});
