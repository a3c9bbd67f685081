import { expect } from "chai";
import { dropBytes, startOf } from "../../src/swarm/partial-answer.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";

const headers = (range?: string) => new Headers(range === undefined ? {} : { "content-range": range });

describe("partial answers", () => {
  it("begin where they say, or at the beginning where they say nothing", () => {
    expect(startOf(headers(), "http://x")).to.equal(0);
    expect(startOf(headers("bytes 4096-8191/9000"), "http://x")).to.equal(4096);
    expect(startOf(headers("bytes 0-0/*"), "http://x")).to.equal(0);
  });

  for (const nonsense of ["bytes */9000", "4096-8191", "bytes -1-5/9", "bytes 9999999999999999-1/1", "items 1-2/3", ""])
    it(`are refused where they say ${JSON.stringify(nonsense)}`, async () => {
      expect(await codeOf(() => startOf(headers(nonsense), "http://x"))).to.equal("SWARM_ANSWER_INVALID");
    });

  it("lose what comes before what was asked for", async () => {
    async function* source() {
      for (let at = 0; at < 10; at++) {
        await Promise.resolve();
        yield Uint8Array.of(2 * at, 2 * at + 1);
      }
    }
    for (const count of [0, 1, 2, 7, 19, 20, 50])
      expect([...(await collect(dropBytes(source(), count)))]).to.deep.equal([...Array(20).keys()].slice(count));
  });
});
