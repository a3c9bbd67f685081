import { expect } from "chai";
import { chunkCountsOf, lengthOf } from "../../src/swarm/answer-headers.js";
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
});
