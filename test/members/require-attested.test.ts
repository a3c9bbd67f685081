import { expect } from "chai";
import type { Attestation, AttestationRow } from "../../src/members/attestation.js";
import { type BuildToSign, requireAttested } from "../../src/members/require-attested.js";
import { codeOf } from "../support/code-of.js";

const digest = `0x${"cd".repeat(32)}`;
const member = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

function rowOf(name: string, fields: Partial<AttestationRow> = {}): AttestationRow {
  const row = { nixId: name.repeat(32), name, swarmId: "ab".repeat(32), narHash: "sha256:1" };
  return { ...row, result: "rebuilt", mode: "rebuild", deriver: `${name}.drv`, ...fields };
}

const buildOf = ({ nixId, name, swarmId, narHash }: AttestationRow): BuildToSign => {
  return { storePath: `/nix/store/${nixId}-${name}`, nixId, swarmId, narHash };
};

const attestationOf = (...rows: AttestationRow[]): Attestation => ({
  ...{ chainId: 1, registry: member, seq: 1, digest, delta: "ef".repeat(32), member },
  ...{ system: "x86_64-linux", time: 1, rows },
});

describe("members/require-attested", () => {
  const [a, b] = [rowOf("a"), rowOf("b", { result: "skipped", reason: "it is for another system" })];
  const builds = [a, b].map(buildOf);
  const judge = (attestation: Attestation, wanted: Partial<Parameters<typeof requireAttested>[1]> = {}) =>
    codeOf(() => requireAttested(attestation, { digest, member, builds, ...wanted }));

  it("lets through what vouches for each row, and what was skipped", async () => {
    expect(await judge(attestationOf(a, b))).to.equal(undefined);
  });

  it("refuses one of another batch or another member", async () => {
    expect(await judge({ ...attestationOf(a, b), digest: `0x${"00".repeat(32)}` })).to.equal(
      "ATTESTATION_OF_ANOTHER_BATCH",
    );
    const other = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    expect(await judge({ ...attestationOf(a, b), member: other })).to.equal("ATTESTATION_OF_ANOTHER_MEMBER");
  });

  const incomplete: [string, AttestationRow[]][] = [
    ["that lacks a row", [a]],
    ["that has a row more", [a, b, rowOf("c")]],
    ["of another build of a path", [a, { ...b, swarmId: "00".repeat(32) }]],
    ["of another NarHash", [a, { ...b, narHash: "sha256:2" }]],
  ];
  for (const [what, rows] of incomplete)
    it(`refuses one ${what}`, async () => {
      expect(await judge(attestationOf(...rows))).to.equal("ATTESTATION_INCOMPLETE");
    });

  for (const result of ["differs", "failed"] as const)
    it(`refuses a row that ${result}`, async () => {
      expect(await judge(attestationOf({ ...a, result, reason: "so" }, b))).to.equal("ATTESTATION_REFUSES");
    });

  it("names the refused rows, a bounded number of them", () => {
    const rows = Array.from({ length: 30 }, (_, at) => rowOf(String(at % 10), { nixId: `${at}`, result: "failed" }));
    let caught: unknown;
    try {
      requireAttested(attestationOf(...rows), { digest, member, builds: rows.map(buildOf) });
    } catch (error) {
      caught = error;
    }
    expect(caught).to.have.property("code", "ATTESTATION_REFUSES");
    expect(caught).to.have.nested.property("details.count", 30);
    expect(caught).to.have.nested.property("details.rows").with.length(20);
  });
});
