import { expect } from "chai";
import { ok, runCheck } from "../../../src/cli/doctor/finding.js";
import { CatnixError } from "../../../src/errors/catnix-error.js";

describe("doctor: runCheck", () => {
  const { signal } = new AbortController();

  it("gives what a check finds", async () => {
    const found = await runCheck("a", signal, () => Promise.resolve([ok("a", "1"), ok("b", "2")]));
    expect(found).to.deep.equal([ok("a", "1"), ok("b", "2")]);
  });

  it("takes an error of the world for what it found, with its code and its hint", async () => {
    const error = new CatnixError("KEY_FILE_OPEN", { file: "x", mode: "0644" });
    const found = await runCheck("keys", signal, () => Promise.reject(error));
    const { message, hint } = error;
    expect(found).to.deep.equal([{ check: "keys", status: "fail", message, hint, code: "KEY_FILE_OPEN" }]);
  });

  it("does not hide a mistake of its own", async () => {
    const mistake = new TypeError("mistake");
    const thrown: unknown = await runCheck("a", signal, () => Promise.reject(mistake)).catch((e: unknown) => e);
    expect(thrown).to.equal(mistake);
  });

  it("ends with its caller", async () => {
    const stop = new AbortController();
    const reason = new Error("stop");
    const check = runCheck("a", stop.signal, (either) => {
      return new Promise((_, reject) => either.addEventListener("abort", () => reject(either.reason as Error)));
    });
    stop.abort(reason);
    expect(await check.catch((e: unknown) => e)).to.equal(reason);
  });
});
