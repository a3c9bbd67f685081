import { expect } from "chai";
import { chunkCountsOf, lengthOf, retryAfterOf } from "../../src/swarm/answer-headers.js";
import { codeOf } from "../support/code-of.js";

describe("answers' headers", () => {
  const length = (headers: Record<string, string>) => lengthOf(new Headers(headers), "http://swarm.invalid");

  it("state a length, or none that counts", () => {
    expect(length({ "content-length": "0" })).to.equal(0);
    expect(length({ "content-length": "123", "content-encoding": "identity" })).to.equal(123);
    expect(length({})).to.equal(undefined);
    expect(length({ "content-length": "123", "content-encoding": "gzip" })).to.equal(undefined);
  });

  it("are refused where the length is nonsense", async () => {
    for (const text of ["abc", "-1", "1.5", "1e3", "0x10", "9".repeat(16), ""]) {
      expect(await codeOf(() => length({ "content-length": text }))).to.equal("SWARM_ANSWER_INVALID");
    }
  });

  it("count chunks where the node is an embedded one", () => {
    const both = new Headers({ "catnix-chunks-total": "5", "catnix-chunks-new": "2" });
    expect(chunkCountsOf(both)).to.deep.equal({ chunks: { total: 5, new: 2 } });
    expect(chunkCountsOf(new Headers())).to.deep.equal({});
    expect(chunkCountsOf(new Headers({ "catnix-chunks-total": "5", "catnix-chunks-new": "x" }))).to.deep.equal({});
  });

  it("say how long a busy node wants to be left alone, in seconds or as a date, up to an hour", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const pause = (text?: string) => retryAfterOf(new Headers(text === undefined ? {} : { "retry-after": text }), now);
    expect(pause()).to.equal(undefined);
    expect(pause("0")).to.equal(0);
    expect(pause(" 120 ")).to.equal(120_000);
    expect(pause("999999999")).to.equal(3_600_000);
    expect(pause("Thu, 01 Jan 2026 00:00:07 GMT")).to.equal(7000);
    expect(pause("Thursday, 01-Jan-26 00:00:07 GMT")).to.equal(7000);
    expect(pause("Thu, 01 Jan 2015 00:00:00 GMT")).to.equal(0);
    expect(pause("Thu, 01 Jan 2099 00:00:00 GMT")).to.equal(3_600_000);
    for (const nonsense of ["-1", "1.5", "soon", "2026-01-01", "0x10", "1e3"])
      expect(pause(nonsense), nonsense).to.equal(undefined);
  });
});
