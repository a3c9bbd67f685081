import { expect } from "chai";
import { parse } from "../../scripts/mutate/compile.js";
import { findMutants } from "../../scripts/mutate/mutants.js";
import { formatMutantsPage } from "../../scripts/mutate/page.js";
import type { Result } from "../../scripts/mutate/results.js";

const source = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
// Ü: places are counted in bytes.
contract Sample {
    uint256 private _low;
    uint256 private _high;
    event Moved(uint256 low, uint256 high);
    function move(uint256 low) external returns (bool) {
        if (low >= 7 || !(low != _high)) return true;
        uint256 high = low + 1;
        _low = high;
        for (uint256 i = 0; i < 2; ++i) emit Moved(low, high);
        return low == 0 ? false : true;
    }
}
`;

describe("mutants", () => {
  const sources = { "Sample.sol": source };
  const mutants = findMutants(sources, parse(sources));
  const changes = mutants.map(({ line, before, after }) => `${line}: ${before} => ${after}`);

  it("are one change each, of every kind", () => {
    expect(changes).to.include.members([
      "9: >= => >",
      "9: >= => <",
      "9: || => &&",
      "9: low >= 7 || !(low != _high) => true",
      "9: low >= 7 || !(low != _high) => false",
      "9: low >= 7 || !(low != _high) => low >= 7",
      "9: !(low != _high) => (low != _high)",
      "9: 7 => 8",
      "9: 7 => 6",
      "9: _high => _low",
      "9: true => false",
      "10: + => -",
      "10: = low + 1 => ",
      "11: _low = high; => {}",
      "11: _low => _high",
      "12: < => <=",
      "12: ++i => --i",
      "12: low, high => high, low",
      "12: emit Moved(low, high); => {}",
      "13: false : true => true : false",
    ]);
    for (const { text } of mutants)
      expect(text)
        .to.have.length.above(source.length - 50)
        .and.not.equal(source);
  });

  it("have keys of their own, which do not depend on the lines above", () => {
    expect(new Set(mutants.map(({ key }) => key)).size).to.equal(mutants.length);
    const moved = { "Sample.sol": source.replace("contract", "\n\ncontract") };
    expect(findMutants(moved, parse(moved)).map(({ key }) => key)).to.deep.equal(mutants.map(({ key }) => key));
  });

  it("are counted on the page, and those that live are there with their reason", () => {
    const [first] = mutants;
    const killed: Result = { fate: "killed by the model", by: "a test" };
    const results = new Map(mutants.map((one) => [one, one === first ? { fate: "alive" as const, by: "" } : killed]));
    const page = formatMutantsPage(mutants, results, { [first!.key]: "It is the same." });
    expect(page).to.match(/\| Sample\.sol:\d+ +\| `.*` becomes `.*` \| It is the same\. +\|/);
    const [count, rest] = [String(mutants.length), String(mutants.length - 1)];
    expect(page.replace(/ +/g, " ")).to.include(`| all | ${count} | ${rest} | 0 | 1 | 0 |`);
    expect(formatMutantsPage(mutants, results, {})).to.include("NOT EXPLAINED");
  });
});
