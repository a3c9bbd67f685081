import { expect } from "chai";
import { covers, type Scope } from "../../src/members/scope.js";

describe("covers", () => {
  const of = (scope?: Scope) => ({ scope });

  it("restricts nothing where nothing is said", () => {
    for (const scope of [undefined, {}]) expect(covers(of(scope), "jq", "x86_64-linux")).to.equal(true);
  });

  for (const [glob, matching, others] of [
    ["python3*", ["python3", "python3.12-requests"], ["python2", "xpython3", "Python3"]],
    ["*-doc", ["jq-doc", "-doc"], ["jq-docs"]],
    ["gtk+", ["gtk+"], ["gtkk", "gtk"]],
    ["gtk+*", ["gtk+3"], ["gtkk3"]],
    ["a.b", ["a.b"], ["axb"]],
    ["?", ["a", "."], ["", "ab"]],
    ["*", ["jq", ".hidden", "a=b"], []],
  ] as const)
    it(`matches ${glob} as a whole`, () => {
      const member = of({ packages: [glob] });
      for (const name of matching) expect(covers(member, name), name).to.equal(true);
      for (const name of others) expect(covers(member, name), name).to.equal(false);
    });

  it("looks at the system where it is known", () => {
    const member = of({ systems: ["x86_64-linux"] });
    expect(covers(member, "jq", "x86_64-linux")).to.equal(true);
    expect(covers(member, "jq", "aarch64-linux")).to.equal(false);
    expect(covers(member, "jq")).to.equal(true);
  });

  it("wants package and system both", () => {
    const member = of({ packages: ["jq"], systems: ["x86_64-linux"] });
    expect(covers(member, "jq", "x86_64-linux")).to.equal(true);
    expect(covers(member, "xz", "x86_64-linux")).to.equal(false);
    expect(covers(member, "jq", "aarch64-linux")).to.equal(false);
  });

  it("bears with the longest name", () => {
    expect(covers(of({ packages: ["*a*b"] }), "a".repeat(211))).to.equal(false);
  });
});
