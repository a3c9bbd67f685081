import { expect } from "chai";
import fc from "fast-check";
import { contractCalls, fuzzSeeds } from "../support/seeds.js";
import { isInstrumented } from "./support/network.js";
import { printFigure } from "./support/results.js";
import { scenario } from "./support/fuzz/intents.js";
import { prepareStage, runScenario, type Stage, type Tally } from "./support/fuzz/run-scenario.js";

const seed = fuzzSeeds[0]!;
const RUNS = 10; // scenarios for which fast-check is asked at a time
const SHRINKING = 300_000; // milliseconds that it looks for a shorter sequence that fails, too
const CALLS_OF_A_CHAIN = 5_000; // a longer one is slower with every block

describe("CatRegistry, any calls in any order", function () {
  this.timeout(0);
  let stage: Stage | undefined;
  const tally: Tally = new Map();
  before(async function () {
    if (isInstrumented) this.skip(); // counters make each call take a multiple
    tally.clear();
    stage ??= await prepareStage(); // once, where the mutants' runner comes again
  });

  it(`equals the model after each of ${contractCalls} calls, and keeps its invariants (CATNIX_SEED=${seed})`, async () => {
    let [calls, nextChain] = [0, CALLS_OF_A_CHAIN];
    for (let round = 0; calls < contractCalls; round++) {
      if (calls >= nextChain) {
        printFigure(`${calls} of ${contractCalls} calls`);
        await stage!.chain.close();
        stage = await prepareStage();
        nextChain += CALLS_OF_A_CHAIN;
      }
      const run = fc.asyncProperty(scenario, (one) => runScenario(stage!, one, tally));
      await fc.assert(run, { seed: seed + round, numRuns: RUNS, skipAllAfterTimeLimit: SHRINKING });
      calls = [...tally.values()].reduce((sum, count) => sum + count, 0);
    }
    for (const [what, count] of [...tally].sort()) printFigure(`${count} ${what}`);
  });

  it("has tried every function and every way to be refused", function () {
    if (contractCalls < 2_000) this.skip(); // fewer were asked for, and need not reach all
    const refused = new Set([...tally.keys()].map((key) => key.split(" ")[1]));
    const errors: string[] = [];
    stage!.face.forEachError(({ name }) => {
      if (name.startsWith("CatRegistry")) errors.push(name.slice("CatRegistry".length));
    });
    expect(errors.filter((error) => !refused.has(error))).to.deep.equal([]);
    for (const name of ["publish", "publishRows", "changeCouncil", "record", "withdrawBatch", "withdrawBuild"])
      expect(tally.get(name) ?? 0, name).to.be.above(10);
    expect(tally.get("retire") ?? 0).to.be.above(0);
  });
});
