import { expect } from "chai";
import fc from "fast-check";
import { indexPackages, type DebianPackage, type PackageIndex } from "../../../scripts/lab/debian/package-list.js";
import { planClosure } from "../../../scripts/lab/debian/plan-closure.js";
import { isLabError } from "../../../scripts/lab/lab-error.js";

/** An index of packages given as `name: "dependency | alternative, …"`. */
function indexOf(graph: Record<string, string>, provides: Record<string, string[]> = {}): PackageIndex {
  const packages = Object.entries(graph).map(([name, depends]): DebianPackage => ({
    name,
    version: "1",
    architecture: "all",
    sha256: "00".repeat(32),
    installedSize: 1,
    depends: depends.split(", ").map((clause) => clause.split(" | ").filter(Boolean)),
    provides: provides[name] ?? [],
  }));
  return indexPackages(packages, "amd64");
}

function planOf(index: PackageIndex, ...roots: string[]): Record<string, readonly string[]> {
  return Object.fromEntries(planClosure(index, roots).map(({ name, dependencies }) => [name, dependencies]));
}

describe("lab/debian/plan-closure", () => {
  it("puts dependencies first and takes nothing that is not needed", () => {
    const index = indexOf({ jq: "libjq1, libc6", libjq1: "libc6", libc6: "", other: "libc6" });
    expect(Object.keys(planOf(index, "jq"))).to.deep.equal(["libc6", "libjq1", "jq"]);
  });

  it("takes the first alternative that exists, a real package before a provider, and drops what nobody has", () => {
    const index = indexOf(
      { jq: "gone | awk | perl, mail, gone", gawk: "", perl: "", mail: "", mta: "" },
      { gawk: ["awk"], mta: ["mail"] },
    );
    expect(planOf(index, "jq")).to.deep.equal({ gawk: [], mail: [], jq: ["gawk", "mail"] });
  });

  it("drops the edge that closes a cycle, and the root still names everything that it needs", () => {
    const index = indexOf({ jq: "libc6", libc6: "libgcc-s1", "libgcc-s1": "libc6, gcc-base", "gcc-base": "" });
    expect(planOf(index, "jq")).to.deep.equal({
      "gcc-base": [],
      "libgcc-s1": ["gcc-base"],
      libc6: ["libgcc-s1"],
      jq: ["libc6"],
    });
    expect(planClosure(index, ["jq"]).at(-1)?.needs).to.deep.equal(["gcc-base", "libc6", "libgcc-s1"]);
  });

  it("lets nothing depend on a root or on itself", () => {
    const index = indexOf({ git: "jq, perl", jq: "libc6", perl: "git, perl", libc6: "" });
    expect(planOf(index, "git", "jq")).to.deep.equal({ perl: [], git: ["perl"], libc6: [], jq: ["libc6"] });
  });

  it("says which root does not exist", () => {
    expect(() => planClosure(indexOf({ jq: "" }), ["jq", "nope"]))
      .to.throw()
      .satisfies((error: unknown) => isLabError(error, "PACKAGE_UNKNOWN"));
  });

  it("plans any graph without a cycle, each package once", () => {
    const names = ["a", "b", "c", "d", "e", "f"].map((letter) => `${letter}${letter}`);
    const anyGraph = fc.tuple(...names.map(() => fc.subarray(names)));
    fc.assert(
      fc.property(anyGraph, fc.subarray(names, { minLength: 1 }), (graph, roots) => {
        const plan = planClosure(
          indexOf(Object.fromEntries(names.map((name, at) => [name, graph[at]!.join(", ")]))),
          roots,
        );
        const before = new Set<string>();
        for (const { name, dependencies, needs } of plan) {
          expect(before.has(name)).to.equal(false);
          expect([...dependencies, ...needs].some((needed) => roots.includes(needed))).to.equal(false);
          expect([...before]).to.include.members([...dependencies]);
          before.add(name);
        }
        expect([...before]).to.include.members([...roots, ...plan.flatMap(({ needs }) => needs)]);
      }),
    );
  });
});
