import { expect } from "chai";
import { formatTime } from "../../src/cli/format.js";

describe("cli: format", () => {
  it("writes times as UTC, and shows those that no calendar reaches", () => {
    expect(formatTime(0)).to.equal("1970-01-01T00:00:00Z");
    expect(formatTime(8_640_000_000_000)).to.equal("+275760-09-13T00:00:00Z");
    // A batch file may say any safe integer.
    expect(formatTime(Number.MAX_SAFE_INTEGER)).to.equal("9007199254740991 seconds after 1970");
  });
});
