import { expect } from "chai";
import { compileScope, type Scope } from "../../src/members/scope.js";

describe("compileScope", () => {
  const covers = (scope: Scope | undefined, ...asked: [name: string, system?: string]) => compileScope(scope)(...asked);

  it("restricts nothing where nothing is said", () => {
    for (const scope of [undefined, {}]) expect(covers(scope, "jq", "x86_64-linux")).to.equal(true);
  });

  for (const [glob, matching, others] of [
    ["python3*", ["python3", "python3.12-requests"], ["python2", "xpython3", "Python3"]],
    ["*-doc", ["jq-doc", "-doc"], ["jq-docs"]],
    ["gtk+", ["gtk+"], ["gtkk", "gtk"]],
    ["gtk+*", ["gtk+3"], ["gtkk3"]],
    ["a.b", ["a.b"], ["axb"]],
    ["libstdc++", ["libstdc++"], ["libstdc+", "libstdc+++"]],
    ["a+++?", ["a++++", "a+++b"], ["a+++", "a+b"]],
    ["?", ["a", "."], ["", "ab"]],
    ["*", ["jq", ".hidden", "a=b", ".", ".."], []],
  ] as const)
    it(`matches ${glob} as a whole`, () => {
      const member = { packages: [glob] };
      for (const name of matching) expect(covers(member, name), name).to.equal(true);
      for (const name of others) expect(covers(member, name), name).to.equal(false);
    });

  it("looks at the system where it is known", () => {
    const member = { systems: ["x86_64-linux"] };
    expect(covers(member, "jq", "x86_64-linux")).to.equal(true);
    expect(covers(member, "jq", "aarch64-linux")).to.equal(false);
    expect(covers(member, "jq")).to.equal(true);
  });

  it("wants package and system both", () => {
    const member = { packages: ["jq"], systems: ["x86_64-linux"] };
    expect(covers(member, "jq", "x86_64-linux")).to.equal(true);
    expect(covers(member, "xz", "x86_64-linux")).to.equal(false);
    expect(covers(member, "jq", "aarch64-linux")).to.equal(false);
  });

  it("bears with the longest name", () => {
    expect(covers({ packages: ["*a*b"] }, "a".repeat(211))).to.equal(false);
  });

  it("compiles a thousand globs once for a hundred thousand names", () => {
    const packages = Array.from({ length: 1000 }, (_, at) => `p${at}-*`);
    const isCovered = compileScope({ packages });
    let covered = 0;
    for (let at = 0; at < 100_000; at++) if (isCovered(`p${at % 2000}-x`)) covered++;
    expect(covered).to.equal(50_000);
  });
});
