import { expect } from "chai";
import fc from "fast-check";
import { setTimeout } from "node:timers/promises";
import { runParallel } from "../../src/async/run-parallel.js";

describe("runParallel", () => {
  it("does everything once, never more at a time than it may", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 8 }), async (count, parallel) => {
        const done: number[] = [];
        let running = 0;
        await runParallel(Array(count).keys(), parallel, undefined, async (item) => {
          expect(++running).to.be.at.most(parallel);
          await setTimeout(item % 3);
          running--;
          done.push(item);
        });
        expect(done.sort((a, b) => a - b)).to.deep.equal([...Array(count).keys()]);
      }),
      { numRuns: 20 },
    );
  });

  it("takes from an endless source only as there is room, and stops it at a failure", async () => {
    let taken = 0;
    async function* numbers() {
      for (;;) {
        await setTimeout(0);
        yield taken++;
      }
    }
    const failure = new Error("at ten");
    let running = 0;
    const run = runParallel(numbers(), 3, undefined, async (item, signal) => {
      running++;
      if (item === 10) {
        running--;
        throw failure;
      }
      await setTimeout(5, undefined, { signal }).finally(() => running--);
    });
    expect(await run.catch((error: unknown) => error)).to.equal(failure);
    expect(running).to.equal(0);
    expect(taken).to.be.at.most(14);
    const before = taken;
    await setTimeout(20);
    expect(taken).to.equal(before);
  });

  it("ends with what its source throws, or with the reason of its signal", async () => {
    const broken = async function* () {
      await setTimeout(0);
      yield 1;
      throw new RangeError("source");
    };
    const idle = async () => setTimeout(1);
    expect(await runParallel(broken(), 2, undefined, idle).catch((e: unknown) => e)).to.be.instanceOf(RangeError);
    const reason = new Error("enough");
    const aborted = runParallel([1].values(), 2, AbortSignal.abort(reason), idle);
    expect(await aborted.catch((e: unknown) => e)).to.equal(reason);
  });
});
