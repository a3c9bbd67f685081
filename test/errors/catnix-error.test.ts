import { expect } from "chai";
import { CatnixError, isCatnixError } from "../../src/errors/catnix-error.js";

describe("CatnixError", () => {
  const cause = new Error("socket closed");
  const error = new CatnixError("SWARM_NOT_FOUND", { address: "ab" }, { cause });

  it("carries its code, details and cause", () => {
    expect(error).to.be.instanceOf(Error);
    expect(error.name).to.equal("CatnixError");
    expect(error.code).to.equal("SWARM_NOT_FOUND");
    expect(error.details).to.deep.equal({ address: "ab" });
    expect(error.cause).to.equal(cause);
    expect(new CatnixError("SWARM_NOT_FOUND", { address: "ab" })).not.to.have.property("cause");
  });

  it("knows whether trying again can help", () => {
    expect(error.retryable).to.equal(true);
    expect(new CatnixError("CAT_ROW_INVALID", { reason: "x" }).retryable).to.equal(false);
  });

  it("prints as JSON what --json shows, and no more: neither stack nor cause", () => {
    expect(JSON.parse(JSON.stringify(error))).to.deep.equal({
      code: "SWARM_NOT_FOUND",
      number: 2001,
      message: error.message,
      hint: error.hint,
      details: { address: "ab" },
    });
  });

  it("shows foreign text on one line, without what steers a terminal, and not without end", () => {
    const reason = "x\u001b[2J\u009b2J\u202egnirts\nhint: run this\ud800";
    const { message, details } = new CatnixError("CAT_PATH_WITHDRAWN", { path: "p", by: "the guardian", reason });
    expect(message).to.include("x\\u{1b}[2J\\u{9b}2J\\u{202e}gnirts\\u{a}hint: run this\\u{d800}");
    expect(details).to.deep.include({ reason });
    const problems = ["\u0007", "y".repeat(1 << 20)];
    const listed = new CatnixError("COUNCIL_INVALID", { file: "f", problems }).message;
    expect(listed).to.include("\\u{7}").and.to.have.length.below(5000);
  });

  it("is told from other errors, and one code from another", () => {
    expect(isCatnixError(error)).to.equal(true);
    expect(isCatnixError(error, "SWARM_NOT_FOUND")).to.equal(true);
    expect(isCatnixError(error, "CAT_FULL", "SWARM_NOT_FOUND")).to.equal(true);
    expect(isCatnixError(error, "CAT_FULL")).to.equal(false);
    for (const other of [cause, undefined, null, "SWARM_NOT_FOUND", { code: "SWARM_NOT_FOUND" }])
      expect(isCatnixError(other)).to.equal(false);
  });
});
