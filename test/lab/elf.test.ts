import { expect } from "chai";
import { isStaticElf } from "../../scripts/lab/elf.js";

describe("lab/elf", () => {
  // That a static program is recognised is seen in test/e2e/closure.test.ts: ensureNix finds the busybox.
  it("tells a program that needs a loader, and a text, from a static program", async () => {
    expect(await isStaticElf(process.execPath)).to.equal(false);
    expect(await isStaticElf(import.meta.filename)).to.equal(false);
  });
});
