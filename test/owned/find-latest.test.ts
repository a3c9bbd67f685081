import { expect } from "chai";
import fc from "fast-check";
import { findLatest } from "../../src/owned/find-latest.js";

/** A sequence of `length` updates without those that were lost, which counts who asks. */
function sequence(length: number, lost: readonly number[] = []) {
  const counts = { probes: 0, atOnce: 0, most: 0 };
  const probe = async (index: number) => {
    counts.probes++;
    counts.most = Math.max(counts.most, ++counts.atOnce);
    await Promise.resolve();
    counts.atOnce--;
    return index < length && !lost.includes(index) ? `update ${index}` : undefined;
  };
  return { counts, probe };
}

describe("findLatest", () => {
  it("finds none where there is none", async () => {
    expect(await findLatest(sequence(0).probe)).to.equal(undefined);
  });

  it("finds the last one of any length, with few probes, eight at a time", async () => {
    const lengths = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 2 ** 53 - 1 }));
    await fc.assert(
      fc.asyncProperty(lengths, async (length) => {
        const { counts, probe } = sequence(length);
        expect(await findLatest(probe)).to.deep.equal({ index: length - 1, value: `update ${length - 1}` });
        expect(counts.most).to.be.at.most(8);
        expect(counts.probes).to.be.at.most(16 + 3.6 * Math.log2(length + 1));
      }),
    );
  });

  it("finds the last possible one", async () => {
    expect((await findLatest(sequence(2 ** 53).probe))?.index).to.equal(2 ** 53 - 1);
  });

  it("finds one behind what was lost", async () => {
    expect((await findLatest(sequence(8, [0, 1, 3]).probe))?.index).to.equal(7);
    expect((await findLatest(sequence(201, [63]).probe))?.index).to.equal(200);
  });

  it("ends with what a probe throws, and calls the others off", async () => {
    const signals: AbortSignal[] = [];
    const failure = new Error("broken");
    const caught: unknown = await findLatest((index, signal) => {
      signals.push(signal);
      return index === 3 ? Promise.reject(failure) : new Promise<never>(() => undefined);
    }).catch((error: unknown) => error);
    expect(caught).to.equal(failure);
    expect(signals.every(({ aborted }) => aborted)).to.equal(true);
  });

  it("asks nothing once it was called off", async () => {
    const { counts, probe } = sequence(5);
    const reason = new Error("enough");
    expect(await findLatest(probe, AbortSignal.abort(reason)).catch((error: unknown) => error)).to.equal(reason);
    expect(counts.probes).to.equal(0);
  });
});
