import { expect } from "chai";
import { matchesEtag, parseRange } from "../../src/swarm/byte-range.js";

describe("Range headers", () => {
  const cases: [string | undefined, ReturnType<typeof parseRange>][] = [
    [undefined, "whole"],
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=10-19", { start: 10, end: 20 }],
    ["Bytes=10-19", { start: 10, end: 20 }],
    ["bytes= 10-19 ", { start: 10, end: 20 }],
    ["bytes=90-", { start: 90, end: 100 }],
    ["bytes=90-1000", { start: 90, end: 100 }],
    ["bytes=-1", { start: 99, end: 100 }],
    ["bytes=-1000", { start: 0, end: 100 }],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=20-10", "whole"],
    ["bytes=-", "whole"],
    ["bytes=", "whole"],
    ["bytes=a-b", "whole"],
    ["bytes=0-1,5-6", "whole"],
    ["bytes=0x1-2", "whole"],
    ["bytes=+1-2", "whole"],
    ["lines=0-1", "whole"],
    [`bytes=0-${"9".repeat(400)}`, "whole"],
  ];
  for (const [header, expected] of cases) {
    it(`${header?.slice(0, 30) ?? "none"} of 100 bytes: ${JSON.stringify(expected)}`, () => {
      expect(parseRange(header, 100)).to.deep.equal(expected);
    });
  }

  it("do not divide an empty file", () => {
    expect(parseRange("bytes=0-", 0)).to.equal("whole");
  });
});

describe("If-None-Match", () => {
  it("names the tag in any of its ways", () => {
    for (const header of ['"a"', 'W/"a"', '"b", "a"', '"b",W/"a"', "*"])
      expect(matchesEtag(header, '"a"')).to.equal(true);
    for (const header of [undefined, "", "a", '"b"', '"aa"']) expect(matchesEtag(header, '"a"')).to.equal(false);
  });
});
