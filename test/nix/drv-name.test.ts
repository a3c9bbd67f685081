import { expect } from "chai";
import fc from "fast-check";
import { parseDrvName } from "../../src/nix/drv-name.js";
import { setUpRealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";

const cases: [text: string, name: string, version: string][] = [
  ["jq-1.7.1", "jq", "1.7.1"],
  ["python3.12-requests-2.32.3", "python3.12-requests", "2.32.3"],
  ["glibc-2.39-52-bin", "glibc", "2.39-52-bin"],
  ["source", "source", ""],
  ["stdenv-linux", "stdenv-linux", ""],
  ["libfoo-unstable-2024-01-31", "libfoo-unstable", "2024-01-31"],
  ["a-", "a-", ""],
  ["-1", "", "1"],
  ["a--1", "a", "-1"],
  ["a-_b", "a", "_b"],
];

describe("parseDrvName", () => {
  for (const [text, name, version] of cases)
    it(`splits ${text}`, () => {
      expect(parseDrvName(text)).to.deep.equal({ name, version });
    });

  it("splits as a real Nix does", async function () {
    this.timeout(60_000);
    const folder = await makeTempFolder();
    try {
      const nix = setUpRealNix(this, folder.path);
      const alphabet = fc.constantFrom("a", "Z", "0", "9", "-", ".", "_", "+", "?", "=");
      const names = fc.sample(fc.string({ unit: alphabet, minLength: 1, maxLength: 12 }), 500);
      const all = [...names, ...cases.map(([text]) => text)];
      const expression = `map builtins.parseDrvName [ ${all.map((text) => JSON.stringify(text)).join(" ")} ]`;
      const printed = nix.run("nix-instantiate", "--eval", "--strict", "--json", "-E", expression).toString();
      expect(JSON.parse(printed)).to.deep.equal(all.map(parseDrvName));
    } finally {
      await folder.remove();
    }
  });
});
