import { expect } from "chai";
import { compileGlobs } from "../../src/files/glob.js";

describe("compileGlobs", () => {
  const cases: [pattern: string, hit: string[], missed: string[]][] = [
    [
      "**/id_rsa",
      ["id_rsa", "x/id_rsa", "x/.ssh/id_rsa", "x/new\nline/id_rsa"],
      ["id_rsa.pub", "x/id_rsa/y", "x/ID_RSA"],
    ],
    ["curl-*/share/**", ["curl-8/share/a", "curl-8/share/.b/c"], ["curl-8/lib/a", "libcurl-8/share/a"]],
    ["*.{key,pem}", ["a.key", ".pem"], ["a/b.key", "a.crt"]],
    ["secret-*", ["secret-", "secret-.x"], ["secret", "my-secret-x"]],
    ["*/{gtk,c+}+-*", ["x/gtk+-3", "x/c++-1"], ["x/gtkk-3", "x/gtk-3"]],
    ["a[0-9]?", ["a1x"], ["ax1", "a1"]],
    ["!a", ["!a"], ["a", "b"]], // no negation: it would deny, or let out, everything else
  ];
  for (const [pattern, hit, missed] of cases)
    it(pattern, () => {
      const matches = compileGlobs([pattern]);
      expect([...hit, ...missed].filter(matches)).to.deep.equal(hit);
    });

  it("takes any of several patterns, and none where there are none", () => {
    expect(["a", "b", "c"].filter(compileGlobs(["a", "c"]))).to.deep.equal(["a", "c"]);
    expect(["", "a"].filter(compileGlobs([]))).to.deep.equal([]);
  });

  for (const pattern of ["**/[id", "{a", "(a"])
    it(`refuses ${pattern}`, () => expect(() => compileGlobs([pattern])).to.throw(SyntaxError));
  it("refuses an empty pattern", () => expect(() => compileGlobs([""])).to.throw(TypeError));
});
