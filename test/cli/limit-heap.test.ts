import { execFileSync } from "node:child_process";
import { expect } from "chai";

/** What lives for a while, as records that are under way do; prints the bytes of the young space. */
const PROGRAM = `
  import { setImmediate } from "node:timers/promises";
  import { getHeapSpaceStatistics } from "node:v8";
  import { limitHeap } from "./src/cli/limit-heap.ts";
  if (process.env.LIMIT) limitHeap();
  const ring = [];
  for (let i = 0; i < 2_000_000; i++) {
    ring[i % 200_000] = { number: i, text: "number " + i };
    if (i % 1000 === 0) await setImmediate();
  }
  console.log(getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size);`;

const runProgram = (env: Record<string, string>) => {
  const args = ["--import", "tsx", "--input-type=module", "--eval", PROGRAM];
  return Number(execFileSync(process.execPath, args, { env: { ...process.env, ...env } }));
};

describe("limitHeap", () => {
  it("keeps the young space small, which else grows", () => {
    expect(runProgram({ LIMIT: "1" })).to.be.at.most(2 ** 25);
    expect(runProgram({})).to.be.above(2 ** 25);
  });
});
