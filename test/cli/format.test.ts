import { expect } from "chai";
import { formatTable, formatTime } from "../../src/cli/format.js";

describe("cli: format", () => {
  it("aligns columns left or right, with colours that take no room, and no blanks at the end of a line", () => {
    const red = "\u001b[31m- gone\u001b[39m";
    const rows = [
      [red, 7, "/nix/store/a"],
      ["+ added", 1234, ""],
    ];
    expect(formatTable(["", "bytes", "path"], rows, [1]).split("\n")).to.deep.equal([
      "         bytes  path",
      `${red}       7  /nix/store/a`,
      "+ added   1234",
    ]);
    expect(formatTable(["a", "b"], [])).to.equal("a  b");
  });

  it("writes times as UTC, and shows those that no calendar reaches", () => {
    expect(formatTime(0)).to.equal("1970-01-01T00:00:00Z");
    expect(formatTime(8_640_000_000_000)).to.equal("+275760-09-13T00:00:00Z");
    // A batch file may say any safe integer.
    expect(formatTime(Number.MAX_SAFE_INTEGER)).to.equal("9007199254740991 seconds after 1970");
  });
});
