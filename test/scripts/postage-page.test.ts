import { expect } from "chai";
import { readFileSync } from "node:fs";
import { formatBytes } from "../../src/cli/format.js";
import { amountFor, costOf, effectiveBytes, FLOOR_PRICE, YEAR_SECONDS } from "../../src/swarm/postage/plan-stamp.js";

describe("docs/postage.md", () => {
  it("has the volumes and costs that a plan has", () => {
    const page = readFileSync(new URL("../../docs/postage.md", import.meta.url), "utf8");
    const cells = page.matchAll(/\| (\d\d) +\| ([\d.]+ [kMGT]?B) +\| ([\d.,]+) xBZZ +(?=\|)/g);
    const rows = [...cells].map(([, depth, bytes, cost]) => [Number(depth), bytes!, cost!.replace(",", "")] as const);
    expect(rows.map(([depth]) => depth).sort()).to.deep.equal(Array.from({ length: 12 }, (_, at) => 17 + at));
    for (const [depth, bytes, cost] of rows) {
      expect([depth, bytes]).to.deep.equal([depth, formatBytes(effectiveBytes(depth))]);
      const plur = costOf(depth, amountFor(YEAR_SECONDS, FLOOR_PRICE));
      expect(Number(cost), String(depth)).to.be.closeTo(
        Number(plur) / 1e16,
        0.5 * 10 ** -(cost.split(".")[1]?.length ?? 0),
      );
    }
  });
});
