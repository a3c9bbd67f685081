import { expect } from "chai";
import { abortable } from "../../src/async/abortable.js";

describe("abortable", () => {
  const never = new Promise<never>(() => undefined);
  const reason = new Error("left");

  it("gives what its promise gives, signal or not", async () => {
    for (const signal of [undefined, new AbortController().signal]) {
      expect(await abortable(Promise.resolve(1), signal)).to.equal(1);
      const failing = abortable(Promise.reject(reason), signal);
      expect(await failing.catch((error: unknown) => error)).to.equal(reason);
    }
  });

  it("waits no longer than until the signal", async () => {
    const stop = new AbortController();
    const waiting = abortable(never, stop.signal);
    stop.abort(reason);
    expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
    const late = abortable(Promise.resolve(1), stop.signal);
    expect(await late.catch((error: unknown) => error)).to.equal(reason);
  });
});
