import { expect } from "chai";
import { HeldRecords } from "../../src/cat/held-records.js";
import type { CheckedRow } from "../../src/consortium/check-batch.js";
import { leaveOut } from "../../src/consortium/leave-out.js";
import { compareBytes } from "../../src/encoding/bytes.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, makeStorePath } from "../support/fill-index.js";
import { baseNameOf, narOf, nixIdOf } from "./support/consortium.js";

const held = new HeldRecords("/nix/store");
const build = (kind: "added" | "changed", name: string, ...references: string[]): CheckedRow => {
  const record = held.add(makeRecord(name, narOf(name), { references: references.map(baseNameOf).sort() }));
  return { kind, row: { nixId: record.nixId, seq: 1, swarmId: record.swarmId }, held: record };
};
const tombstone = (name: string): CheckedRow => ({
  kind: "withdrawn",
  row: { nixId: nixIdOf(name), seq: 1, swarmId: new Uint8Array(32) },
  held: held.add(makeRecord(name, narOf(name))),
});

describe("consortium/leave-out", () => {
  const rows = [
    build("added", "base"),
    build("added", "lib", "base", "lib"),
    build("added", "tool", "lib"),
    build("changed", "old"),
    build("added", "user", "old"),
    build("added", "alone"),
    tombstone("gone"),
    tombstone("forced"),
  ].sort((a, b) => compareBytes(a.row.nixId, b.row.nixId));
  const brokenReferrers = [{ storePath: makeStorePath("forced"), referrer: makeStorePath("listed") }];
  const leave = (names: string[], withReferrers = false) =>
    leaveOut({ rows, brokenReferrers }, names.map(makeStorePath), { storeDir: "/nix/store", withReferrers });

  it("leaves a row out that nothing refers to, and itself only", () => {
    const { records, tombstones, leftOut } = leave(["tool"]);
    expect([records.length, tombstones.length, leftOut]).to.deep.equal([5, 2, [makeStorePath("tool")]]);
  });

  it("refuses where others refer to it, over any number of steps, and says which", () => {
    let error: unknown;
    try {
      leave(["base"]);
    } catch (caught) {
      error = caught;
    }
    expect(error).to.have.property("code", "LEAVE_OUT_REFERENCED");
    expect(error).to.have.nested.property("details.count", 2);
    expect(error).to.have.nested.property("details.referrers").with.members(["lib", "tool"].map(makeStorePath));
  });

  it("leaves those out as well when told to, or when they are named", () => {
    const names = ["base", "lib", "tool"].map(makeStorePath);
    expect(leave(["base"], true).leftOut).to.have.members(names);
    expect(leave(["base", "lib", "tool"]).leftOut).to.have.members(names);
  });

  it("leaves a changed path as it was: what refers to it may stay", () => {
    expect(leave(["old"]).leftOut).to.deep.equal([makeStorePath("old")]);
  });

  it("leaves withdrawals out, and forces those only that the draft forced", () => {
    expect(leave(["gone"]).tombstones).to.deep.equal([{ nixId: nixIdOf("forced"), force: true }]);
    expect(leave(["forced"]).tombstones).to.deep.equal([{ nixId: nixIdOf("gone"), force: false }]);
  });

  it("refuses paths that are not in it, of another name, or no paths; and to leave nothing", async () => {
    expect(await codeOf(() => leave(["unknown"]))).to.equal("LEAVE_OUT_INVALID");
    const renamed = makeStorePath("tool").replace("-tool", "-tool2");
    const options = { storeDir: "/nix/store" };
    expect(await codeOf(() => leaveOut({ rows, brokenReferrers }, [renamed], options))).to.equal("LEAVE_OUT_INVALID");
    expect(await codeOf(() => leaveOut({ rows, brokenReferrers }, ["tool"], options))).to.equal("STORE_PATH_INVALID");
    const all = ["base", "lib", "tool", "old", "user", "alone", "gone", "forced"];
    expect(await codeOf(() => leave(all))).to.equal("LEAVE_OUT_INVALID");
  });
});
