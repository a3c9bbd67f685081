import { expect } from "chai";
import { Wallet, ZeroAddress } from "ethers";
import {
  compareCouncils,
  type CouncilWishes,
  isSameCouncil,
  makeCouncil,
} from "../../src/consortium/council-change.js";
import { warnCouncil } from "../../src/consortium/warn-council.js";
import type { Charter } from "../../src/members/charter.js";
import { NO_CHARTER } from "../../src/members/read-charter.js";
import { sortAddresses } from "../../src/registry/council-file.js";
import type { CouncilState } from "../../src/registry/registry.js";
import { codeOf } from "../support/code-of.js";
import { wellKnownKey } from "../support/well-known-key.js";

const accounts = Array.from(
  { length: 40 },
  (_, at) => new Wallet(`0x${(at + 1).toString(16).padStart(64, "0")}`).address,
);
const [a, b, c] = sortAddresses([1, 2, 3].map((at) => new Wallet(wellKnownKey(at)).address)) as [
  string,
  string,
  string,
];
const [guardian, d] = [4, 5].map((at) => new Wallet(wellKnownKey(at)).address) as [string, string];
const now: CouncilState = {
  members: [a, b, c],
  publishThreshold: 2,
  councilThreshold: 2,
  guardian,
  charter: "ab".repeat(32),
};

describe("a change of the council", () => {
  it("replaces a member whose key is lost", () => {
    const next = makeCouncil(now, { add: [d], remove: [a] });
    expect(next.members).to.deep.equal(sortAddresses([b, c, d]));
    expect(compareCouncils(now, next)).to.deep.equal({ joins: [d], leaves: [a], stays: [b, c] });
  });

  it("takes a whole council, and what is otherwise after it", () => {
    const council = { ...now, members: sortAddresses([a, d]), guardian: d };
    const next = makeCouncil(now, { council, publishThreshold: 1, guardian: ZeroAddress });
    expect(next).to.deep.equal({ ...council, publishThreshold: 1, guardian: ZeroAddress });
    expect(compareCouncils(now, next)).to.deep.equal({
      ...{ joins: [d], leaves: [b, c], stays: [a] },
      publishThreshold: { was: 2, is: 1 },
      guardian: { was: guardian, is: ZeroAddress },
    });
  });

  it("knows where nothing changes", () => {
    expect(isSameCouncil(compareCouncils(now, makeCouncil(now, {})))).to.equal(true);
    for (const wish of [{ charter: NO_CHARTER }, { councilThreshold: 3 }, { guardian: d }, { add: [d] }])
      expect(isSameCouncil(compareCouncils(now, makeCouncil(now, wish)))).to.equal(false);
  });

  const refused: [what: string, wishes: CouncilWishes][] = [
    ["a member that is there already", { add: [a] }],
    ["a stranger that leaves", { remove: [d] }],
    ["one that joins and leaves", { add: [d], remove: [d] }],
    ["the zero address", { add: [ZeroAddress] }],
    ["a threshold above the members that stay", { remove: [a, b] }],
    ["no members", { remove: [a, b, c] }],
    ["a threshold for batches above that for other acts", { publishThreshold: 3 }],
    ["more than 32 members", { add: accounts.slice(0, 30) }],
  ];
  for (const [what, wishes] of refused)
    it(`refuses ${what}: COUNCIL_CHANGE_INVALID`, async () => {
      expect(await codeOf(() => makeCouncil(now, wishes))).to.equal("COUNCIL_CHANGE_INVALID");
    });
});

describe("warnCouncil", () => {
  const charterOf = (...addresses: string[]): Charter => ({
    format: "catnix-charter/1",
    name: "a consortium",
    storeDir: "/nix/store",
    members: addresses.map((address, at) => ({ address, name: `m${at}`, ownedKey: address, nixKeys: {} })),
  });
  const codes = (is: CouncilState, charter: Charter | undefined = charterOf(...is.members)) =>
    warnCouncil(now, is, charter).map(({ code }) => code);

  it("has nothing to say of two of three with a guardian and a charter", () => {
    expect(codes(now)).to.deep.equal([]);
    expect(codes(makeCouncil(now, { add: [d], remove: [a] }))).to.deep.equal([]);
  });

  const cases: [what: string, wishes: CouncilWishes, code: string][] = [
    ["one member decides alone", { publishThreshold: 1 }, "one-is-enough"],
    ["a lost key would be for good", { councilThreshold: 3 }, "all-are-needed"],
    ["nobody may be away", { publishThreshold: 3, councilThreshold: 3 }, "all-publish"],
    ["two parties could each replace the other", { add: [d] }, "no-majority"],
    ["those who join decide", { add: accounts.slice(0, 2) }, "joiners-decide"],
    ["those who join publish", { add: [d], publishThreshold: 1 }, "joiners-publish"],
    ["one who leaves has to sign", { add: [d], remove: [a, b] }, "leavers-needed"],
    ["nobody stays", { add: accounts.slice(0, 3), remove: [a, b, c] }, "nobody-stays"],
    ["nobody could withdraw", { guardian: ZeroAddress }, "no-guardian"],
    ["the guardian signs too", { guardian: b }, "guardian-signs"],
    ["there is no charter", { charter: NO_CHARTER }, "no-charter"],
  ];
  for (const [what, wishes, code] of cases)
    it(`says that ${what}`, () => {
      expect(codes(makeCouncil(now, wishes))).to.include(code);
    });

  it("holds the charter against the members", () => {
    const next = makeCouncil(now, { add: [d], remove: [a] });
    expect(codes(next, charterOf(a, b, c))).to.deep.equal(["not-in-charter", "charter-names-stranger"]);
    expect(warnCouncil(now, next, undefined).map(({ code }) => code)).to.deep.equal(["charter-unread"]);
  });
});
