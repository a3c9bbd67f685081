import { expect } from "chai";
import { colorsFor } from "../../src/cli/colors.js";

describe("cli: colours", () => {
  const [terminal, pipe] = [{ isTTY: true }, {}];
  const cases: [where: string, stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv, coloured: boolean][] = [
    ["a terminal", terminal, { TERM: "xterm" }, true],
    ["a dumb terminal", terminal, { TERM: "dumb" }, false],
    ["a pipe", pipe, { TERM: "xterm" }, false],
    ["a pipe in CI", pipe, { CI: "true" }, false],
    ["a terminal with NO_COLOR", terminal, { NO_COLOR: "1" }, false],
    ["a terminal with an empty NO_COLOR", terminal, { NO_COLOR: "" }, true],
    ["a pipe with FORCE_COLOR", pipe, { FORCE_COLOR: "1" }, true],
    ["a terminal with FORCE_COLOR=0", terminal, { FORCE_COLOR: "0" }, false],
    ["a pipe with both", pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ];
  for (const [where, stream, env, coloured] of cases)
    it(`are ${coloured ? "there" : "not there"} in ${where}`, () => {
      expect(colorsFor(stream, env).red("x") !== "x").to.equal(coloured);
    });
});
