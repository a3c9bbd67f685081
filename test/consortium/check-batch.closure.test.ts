import { expect } from "chai";
import { applyDelta } from "../../src/cat/apply.js";
import type { CatRecord } from "../../src/cat/record.js";
import { toHex } from "../../src/encoding/hex.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { approveBatch } from "../support/publish-batch.js";
import { baseNameOf, Consortium, nixIdOf, listPaths, tombstone } from "./support/consortium.js";

/** References to what is not live, and to what is withdrawn. */
describe("checkBatch, closures", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let base: CatRecord, lib: CatRecord, alone: CatRecord, added: CatRecord;
  let restore: () => Promise<void>;

  before(async () => {
    consortium = await Consortium.start();
    ({ base, lib, alone, added } = await listPaths(consortium));
  });
  after(() => consortium.close());
  beforeEach(async () => {
    restore = await consortium.snapshot();
  });
  afterEach(() => restore());

  describe("refuses a broken closure", () => {
    const broken = "CAT_CLOSURE_BROKEN";

    it("of a path that nobody lists", async () => {
      expect(await consortium.codeOfBatch([await consortium.refer("added", "nowhere")])).to.equal(broken);
    });
    it("of a path that was withdrawn by a tombstone", async () => {
      await consortium.approve(tombstone("alone"));
      expect(await consortium.codeOfBatch([await consortium.refer("added", "alone")])).to.equal(broken);
    });
    it("of a path that the same delta withdraws", async () => {
      expect(await consortium.codeOfBatch([await consortium.refer("added", "alone"), tombstone("alone")])).to.equal(
        broken,
      );
    });
    it("of a build that the guardian withdrew", async () => {
      const { registry, guardian } = consortium.world;
      await withdrawBuild(registry, guardian, toHex(swarmIdOf(alone)), "");
      expect(await consortium.codeOfBatch([await consortium.refer("added", "alone")])).to.equal(broken);
      expect(await consortium.codeOfBatch([await consortium.refer("added", "base")])).to.equal(undefined);
    });
    it("of a batch that the guardian withdrew", async () => {
      await withdrawBatch(consortium.world.registry, consortium.world.guardian, 1, "");
      expect(await consortium.codeOfBatch([added])).to.equal(broken);
      expect(await consortium.codeOfBatch([added, base])).to.equal(undefined);
    });
    it("of the right hash part and another name, listed or in the delta", async () => {
      const reference = `${baseNameOf("base").slice(0, 32)}-another`;
      const record = await consortium.list("added", { references: [reference] });
      expect(await consortium.codeOfBatch([record])).to.equal(broken);
      expect(await consortium.codeOfBatch([record, base])).to.equal(broken);
    });
    it("of a listed path whose record is none", async () => {
      await consortium.approve({ storePath: makeStorePath("junk"), content: Buffer.from("junk") });
      expect(await consortium.codeOfBatch([await consortium.refer("added", "junk")])).to.equal(broken);
    });
  });

  describe("shows who would lose a reference", () => {
    const referrersOf = async (...entries: Parameters<Consortium["draft"]>[0]) =>
      (await consortium.check(await consortium.draft(entries), { skipNars: true })).brokenReferrers;
    const loss = (referrer: string, name: string) => ({
      referrer: makeStorePath(referrer),
      storePath: makeStorePath(name),
    });

    it("to a path that is withdrawn", async () => {
      expect(await referrersOf(tombstone("base"))).to.deep.equal([loss("lib", "base")]);
      expect(await referrersOf(tombstone("base"), tombstone("lib"))).to.deep.equal([loss("tool", "lib")]);
    });
    it("but not itself, what goes too, or what is set anew without it", async () => {
      expect(await referrersOf(tombstone("tool"))).to.deep.equal([]);
      expect(await referrersOf(...["base", "lib", "tool"].map(tombstone))).to.deep.equal([]);
      expect(await referrersOf(tombstone("base"), await consortium.list("lib"))).to.deep.equal([]);
    });
    it("but not one that the guardian withdrew", async () => {
      const { registry, guardian } = consortium.world;
      await withdrawBuild(registry, guardian, toHex(swarmIdOf(lib)), "");
      expect(await referrersOf(tombstone("base"))).to.deep.equal([]);
    });
  });

  describe("lets a quorum repair what it should not have approved", () => {
    const junk = { storePath: makeStorePath("junk"), content: Buffer.from("no record") };

    it("withdraw a path that has no record", async () => {
      await consortium.approve(junk);
      const { rows } = await consortium.check(await consortium.draft([tombstone("junk")]));
      expect(rows[0]).to.include({ kind: "withdrawn" }).and.not.have.property("held");
    });
    it("replace one", async () => {
      await consortium.approve(junk);
      const { rows } = await consortium.check(await consortium.draft([await consortium.list("junk")]));
      expect(rows[0]).to.include({ kind: "changed" }).and.not.have.property("previous");
    });
    it("withdraw one whose record is lost, but not while Swarm is down", async () => {
      const batch = await consortium.draft([tombstone("alone")]);
      consortium.breakSwarm(toHex(swarmIdOf(alone)), { kind: "status", status: 404 });
      expect((await consortium.check(batch)).rows[0]).to.not.have.property("held");
      consortium.breakSwarm(toHex(swarmIdOf(alone)), { kind: "reset", after: 0 });
      expect(await codeOf(() => consortium.check(batch))).to.match(/^SWARM_(UNREACHABLE|TRUNCATED)$/);
    });
    it("but nobody else's, where that hides who refers to a withdrawn path", async () => {
      const batch = await consortium.draft([tombstone("base")]);
      consortium.breakSwarm(toHex(swarmIdOf(lib)), { kind: "status", status: 404 });
      expect(await codeOf(() => consortium.check(batch))).to.equal("SWARM_NOT_FOUND");
    });
    it("and refuses rows of acts to come in a CAT that was approved wrongly", async () => {
      const early = { nixId: nixIdOf("early"), seq: 9, swarmId: swarmIdOf(await consortium.list("early")) };
      const honest = await consortium.draft([await consortium.list("other")]);
      const { cat } = await consortium.world.registry.state();
      const update = await applyDelta(cat, [early], (address) => consortium.world.store.getChunk(address));
      for (const { data } of update.chunks) await consortium.world.store.putChunk(data);
      await approveBatch(consortium.world, { ...honest, ...update.cat });
      expect(await consortium.codeOfBatch([await consortium.refer("added", "early")])).to.equal("CAT_ROW_INVALID");
    });
  });
});
