import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { BackOff } from "../../src/indexer/back-off.js";

describe("indexer/back-off", () => {
  it("is due at first, not after a failure, and again at once when reset", () => {
    const pause = new BackOff(60, 300);
    expect(pause.isDue()).to.equal(true);
    pause.failed();
    expect(pause.isDue()).to.equal(false);
    pause.reset();
    expect(pause.isDue()).to.equal(true);
  });

  it("never waits longer than its bound, however often it failed", async () => {
    const pause = new BackOff(0.001, 0.01);
    for (let i = 0; i < 2000; i++) pause.failed(); // 2^2000 is no number
    await sleep(20);
    expect(pause.isDue()).to.equal(true);
  });
});
