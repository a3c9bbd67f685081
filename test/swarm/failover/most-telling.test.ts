import { expect } from "chai";
import { CatnixError } from "../../../src/errors/catnix-error.js";
import { mostTelling } from "../../../src/swarm/failover/most-telling.js";

const url = "http://x";
const missing = new CatnixError("SWARM_NOT_FOUND", { address: "ab" });
const refused = new CatnixError("SWARM_UNREACHABLE", { url, reason: "refused" });
const busy = new CatnixError("SWARM_BUSY", { url, status: 503, reason: "syncing" });
const mismatch = new CatnixError("SWARM_MISMATCH", { address: "ab", actual: "cd" });
const other = new CatnixError("DISK_FULL", { file: "f", reason: "r" });

describe("mostTelling", () => {
  it("gives a lone error as it is", () => {
    for (const error of [missing, refused, busy, mismatch, other]) expect(mostTelling([error])).to.equal(error);
  });

  it("prefers what says more, whoever said it first", () => {
    expect(mostTelling([refused, busy])).to.equal(busy);
    expect(mostTelling([busy, refused, mismatch])).to.equal(mismatch);
    expect(mostTelling([other, refused])).to.equal(refused);
    expect(mostTelling([missing, missing])).to.equal(missing);
  });

  it("says of missing content which endpoints did not answer", () => {
    const error = mostTelling([refused, missing]);
    expect(error.code).to.equal("SWARM_NOT_FOUND");
    expect(error.message).to.include(refused.message);
    expect((error.cause as AggregateError).errors).to.deep.equal([refused, missing]);
  });

  it("wants an error", () => {
    expect(() => mostTelling([])).to.throw(TypeError);
  });
});
