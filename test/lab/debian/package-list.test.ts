import { expect } from "chai";
import { indexPackages, parsePackageList } from "../../../scripts/lab/debian/package-list.js";

const sha256 = "ab".repeat(32);

function stanza(fields: Record<string, string>): string {
  const all = { Package: "jq", Version: "1.6-2", Architecture: "amd64", SHA256: sha256, ...fields };
  return Object.entries(all)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}

describe("lab/debian/package-list", () => {
  it("reads what the lab needs", () => {
    const text = stanza({
      "Installed-Size": "111",
      Depends: "libjq1 (= 1.6-2), libc6 (>= 2.34) | libc6.1, python3:any",
      "Pre-Depends": "dpkg (>= 1.17.5)",
      Provides: "json-tool (= 1.6), c++abi2-dev",
      Description: "lightweight and flexible",
    });
    expect(parsePackageList(text)).to.deep.equal([
      {
        name: "jq",
        version: "1.6-2",
        architecture: "amd64",
        sha256,
        installedSize: 111,
        depends: [["dpkg"], ["libjq1"], ["libc6", "libc6.1"], ["python3"]],
        provides: ["json-tool", "c++abi2-dev"],
      },
    ]);
  });

  it("separates stanzas and survives what surrounds them", () => {
    const text = `\n\n${stanza({})}\n\n\n${stanza({ Package: "libjq1" })}\n`;
    expect(parsePackageList(text).map(({ name }) => name)).to.deep.equal(["jq", "libjq1"]);
    expect(parsePackageList("")).to.deep.equal([]);
  });

  for (const [why, fields] of Object.entries({
    "a name that leaves its folder": { Package: "../../etc/passwd" },
    "a name that reads as an option": { Package: "-oDir=/" },
    "a version with a space": { Version: "1 2" },
    "a version with a slash": { Version: "1/2" },
    "an architecture with a slash": { Architecture: "a/b" },
    "a short checksum": { SHA256: "ab" },
    "no checksum": { SHA256: "" },
  })) {
    it(`leaves out a stanza with ${why}`, () => {
      expect(parsePackageList(stanza(fields))).to.deep.equal([]);
    });
  }

  it("takes the newest version of the architecture", () => {
    const text = [
      stanza({ Version: "1.6-9" }),
      stanza({ Version: "1.6-10" }),
      stanza({ Version: "1.7", Architecture: "i386" }),
      stanza({ Package: "docs", Architecture: "all" }),
    ].join("\n");
    const { byName } = indexPackages(parsePackageList(text), "amd64");
    expect([...byName.values()].map(({ name, version }) => `${name} ${version}`)).to.deep.equal([
      "jq 1.6-10",
      "docs 1.6-2",
    ]);
  });

  it("knows who provides a virtual package, the same one whatever the order of the lists", () => {
    const list = parsePackageList(
      ["mawk", "gawk"].map((name) => stanza({ Package: name, Provides: "awk" })).join("\n"),
    );
    for (const packages of [list, list.toReversed()]) {
      expect(indexPackages(packages, "amd64").providers.get("awk")?.name).to.equal("gawk");
    }
  });
});
