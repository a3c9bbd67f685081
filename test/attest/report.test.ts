import { expect } from "chai";
import { countResults, describeHow, formatReport } from "../../src/attest/report.js";
import { describeChecks, summarizeChecks } from "../../src/cli/describe-checks.js";
import type { Attestation, AttestationRow } from "../../src/members/attestation.js";

const idOf = (at: number) => String(at).padStart(32, "0");
const rowOf = (at: number, fields: Partial<AttestationRow> = {}): AttestationRow => ({
  ...{ nixId: idOf(at), name: `pkg-${at}`, swarmId: "ab".repeat(32), narHash: "sha256:1" },
  ...{ result: "rebuilt", mode: "rebuild", deriver: "x.drv", ...fields },
});
const attestationOf = (...rows: AttestationRow[]): Attestation => ({
  ...{ chainId: 1, registry: "0xR", seq: 12, digest: "0xD", delta: "ef".repeat(32), member: "0xM" },
  ...{ system: "x86_64-linux", nix: "nix (Nix) 2.8.0", time: 1_800_000_000, rows },
});

describe("attest/report", () => {
  const bad = rowOf(2, { result: "differs", foundNarHash: "sha256:2", reason: "bin/`x`|<y> differs" });
  const rows = [rowOf(1), bad, rowOf(3, { result: "skipped", reason: "for aarch64-linux" })];
  const storeDir = "/nix/store";

  it("puts what somebody has to look at first, and links what was kept", () => {
    const kept = new Map([[idOf(2), "differs/x"]]);
    const report = formatReport(attestationOf(...rows), { storeDir, kept, address: "aa".repeat(32) });
    const [head, toLookAt, vouched] = report.split(/^## /m);
    expect(head).to.include("| differs | 1 |").and.to.include("aa".repeat(32)).and.to.include("nix (Nix) 2.8.0");
    expect(toLookAt).to.include("pkg-2").and.to.include("pkg-3").and.to.include("](<differs/x>)");
    expect(vouched).to.include("pkg-1").and.not.to.include("pkg-2");
  });

  it("gives each result's rows by name, what was looked at hardest first", () => {
    const [z, a] = [rowOf(1, { name: "z-1" }), rowOf(2, { name: "a-1" })];
    const addressed = rowOf(3, { name: "a.drv", result: "addressed", mode: "address", deriver: undefined });
    const shuffled = attestationOf(addressed, z, rows[1]!, a);
    for (const text of [formatReport(shuffled, { storeDir }), describeChecks(shuffled, { storeDir })]) {
      const at = ["-pkg-2", "-a-1", "-z-1", "-a.drv"].map((name) => text.indexOf(name));
      expect(at).to.deep.equal(at.toSorted((one, other) => one - other));
    }
  });

  it("lets no foreign text break its tables", () => {
    const report = formatReport(attestationOf(...rows), { storeDir });
    expect(report).to.include("bin/\\`x\\`\\|\\<y\\> differs");
    for (const line of report.split("\n").filter((text) => text.startsWith("| differs | `/")))
      expect(line.replace(/\\./g, "").split("|")).to.have.length(6);
  });

  it("says in a few words how a row was checked", () => {
    expect(describeHow(rowOf(1))).to.equal("x.drv");
    expect(describeHow(bad)).to.equal("bin/`x`|<y> differs; found sha256:2; x.drv");
    const copied = {
      result: "copied",
      mode: "copy",
      deriver: undefined,
      builder: "https://c",
      builderKey: "k-1:a",
    } as const;
    expect(describeHow(rowOf(1, copied))).to.equal("https://c, signed by k-1");
    expect(describeHow(rowOf(1, { result: "addressed", mode: "address", deriver: undefined }))).to.equal("");
  });

  it("counts what there is", () => {
    expect(countResults(rows)).to.deep.equal({ rebuilt: 1, differs: 1, skipped: 1 });
    expect(summarizeChecks(rows)).to.equal("1 rebuilt, 1 differs, 1 skipped");
  });

  it("shows every grave row on a terminal, and a bounded number of the others", () => {
    const many = Array.from({ length: 200 }, (_, at) => rowOf(at));
    const failed = Array.from({ length: 70 }, (_, at) => rowOf(300 + at, { result: "failed", reason: "x" }));
    const text = describeChecks(attestationOf(...many, ...failed), { storeDir });
    expect(text.match(/pkg-/g)).to.have.length(120);
    expect(text).to.include("and 150 more rows");
    expect(text.indexOf("pkg-300")).to.be.below(text.indexOf("pkg-0"));
  });
});
