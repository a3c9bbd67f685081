import { Duration, RedundancyLevel, Utils } from "@ethersphere/bee-js";
import { expect } from "chai";
import { CHUNK_SIZE } from "../../../src/bmt/constants.js";
import { poissonTail } from "../../../src/swarm/postage/overflow-risk.js";
import {
  amountFor,
  BLOCK_SECONDS,
  costOf,
  depthForChunks,
  effectiveBytes,
  FLOOR_PRICE,
  planStamp,
  secondsOf,
  YEAR_SECONDS,
} from "../../../src/swarm/postage/plan-stamp.js";
import { codeOf } from "../../support/code-of.js";

const DEPTHS = Array.from({ length: 25 }, (_, at) => 17 + at);

describe("planning a postage batch", () => {
  it("has the effective volumes that bee-js has", () => {
    for (const depth of DEPTHS)
      // Theirs is made from text such as 69.04 TB, with floating point.
      expect(effectiveBytes(depth), String(depth)).to.be.closeTo(
        Utils.getStampEffectiveBytes(depth, false, RedundancyLevel.OFF),
        1,
      );
    for (const depth of [16, 42, 20.5]) expect(() => effectiveBytes(depth)).to.throw(RangeError);
  });

  it("has volumes at which a bucket is full once in a thousand times, as far as Swarm computed them so", () => {
    for (const depth of DEPTHS.filter((one) => one <= 26)) {
      const buckets = 2 ** 16;
      const mean = effectiveBytes(depth) / CHUNK_SIZE / buckets;
      const risk = -Math.expm1(buckets * Math.log1p(-poissonTail(2 ** (depth - 16) - 1, mean)));
      expect(risk, String(depth)).to.be.within(0.0002, 0.0015);
    }
  });

  it("chooses the least depth that holds the chunks", () => {
    for (const depth of DEPTHS) {
      const chunks = Math.floor(effectiveBytes(depth) / CHUNK_SIZE);
      expect([depthForChunks(chunks), depth === 41 || depthForChunks(chunks + 1)]).to.deep.equal([
        depth,
        depth === 41 || depth + 1,
      ]);
    }
  });

  it("finds no batch for more than the deepest holds", async () => {
    expect(await codeOf(() => depthForChunks(2 ** 42))).to.equal("STAMP_TOO_LARGE");
  });

  it("pays for the whole time, and no more than a block over it", () => {
    const amount = amountFor(YEAR_SECONDS, FLOOR_PRICE);
    expect(secondsOf(amount, FLOOR_PRICE)).to.equal(YEAR_SECONDS);
    expect(amountFor(1, FLOOR_PRICE)).to.equal(FLOOR_PRICE);
    const theirs = Utils.getAmountForDuration(Duration.fromSeconds(YEAR_SECONDS), Number(FLOOR_PRICE), BLOCK_SECONDS);
    expect(theirs - amount).to.equal(1n);
    expect(Utils.getStampDuration(amount, Number(FLOOR_PRICE), BLOCK_SECONDS).toSeconds()).to.equal(YEAR_SECONDS);
  });

  it("costs 2^depth times the amount", () => {
    const plan = planStamp(24, 151_372_800_000n, FLOOR_PRICE);
    expect(plan.cost).to.equal(Utils.getStampCost(24, 151_372_800_000n).toPLURBigInt());
    expect(plan.cost).to.equal(costOf(24, plan.amount));
    expect(plan.seconds).to.equal(YEAR_SECONDS);
  });
});
