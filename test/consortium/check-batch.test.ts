import { expect } from "chai";
import { zstdCompressSync } from "node:zlib";
import { type Batch, batchDigest, NO_PACK } from "../../src/cat/batch.js";
import { encodeDelta } from "../../src/cat/delta.js";
import { encodePack } from "../../src/cat/pack.js";
import { type CatRecord, formatRecord } from "../../src/cat/record.js";
import { HeldRecords } from "../../src/cat/held-records.js";
import { compareRows, type Row } from "../../src/cat/row.js";
import { toHex } from "../../src/encoding/hex.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { groundRows } from "../cat/support/rows.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { formatHashPart } from "../../src/nix/store-path.js";
import { Consortium, narOf, nixIdOf, tomorrow, listPaths, tombstone } from "./support/consortium.js";

const rowOf = (record: CatRecord, name: string, seq: number): Row => ({
  nixId: nixIdOf(name),
  seq,
  swarmId: swarmIdOf(record),
});

describe("checkBatch", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let base: CatRecord, alone: CatRecord, added: CatRecord;
  let restore: () => Promise<void>;

  before(async () => {
    consortium = await Consortium.start();
    ({ base, alone, added } = await listPaths(consortium));
  });
  after(() => consortium.close());
  beforeEach(async () => {
    restore = await consortium.snapshot();
  });
  afterEach(() => restore());

  describe("accepts", () => {
    it("added, changed and withdrawn paths, and says what they were", async () => {
      const changed = await consortium.list("alone", {}, undefined, narOf("another build"));
      await consortium.approve(await consortium.list("old"));
      const batch = await consortium.draft([added, changed, tombstone("old")]);
      const seen: number[] = [];
      const checked = await consortium.check(batch, { onProgress: ({ checked, of }) => seen.push(checked, of) });
      expect(checked).to.deep.include({ batch, narsChecked: true, brokenReferrers: [] });
      expect(checked.digest).to.equal(batchDigest(consortium.world.registry.id, batch));
      const byName = new Map(checked.rows.map((row) => [row.held!.storePath, row]));
      const held = new HeldRecords("/nix/store");
      expect(byName.get(added.storePath))
        .to.deep.include({ kind: "added", held: held.add(added) })
        .and.not.have.property("previous");
      expect(byName.get(changed.storePath)).to.deep.include({
        ...{ kind: "changed", held: held.add(changed), previous: held.add(alone) },
      });
      expect(byName.get(makeStorePath("old"))).to.include({ kind: "withdrawn" });
      expect(checked.rows.map(({ row }) => row)).to.deep.equal(checked.rows.map(({ row }) => row).sort(compareRows));
      expect(seen).to.deep.equal([1, 2, 2, 2]);
    });

    it("a path set again after its tombstone", async () => {
      await consortium.approve(tombstone("alone"));
      const { rows } = await consortium.check(await consortium.draft([alone]));
      expect(rows.map(({ kind }) => kind)).to.deep.equal(["added"]);
    });

    it("tombstones only, without a pack", async () => {
      const batch = await consortium.draft([tombstone("alone")]);
      expect(batch.pack).to.equal(NO_PACK);
      expect((await consortium.check(batch)).brokenReferrers).to.deep.equal([]);
    });

    it("an uncompressed NAR, and references in a circle", async () => {
      const plain = await consortium.list("plain", { compression: "none" });
      const [a, b] = [await consortium.refer("circle-a", "circle-b"), await consortium.refer("circle-b", "circle-a")];
      expect(await consortium.codeOfBatch([plain, a, b])).to.equal(undefined);
    });

    it("growth that honest paths cause", async () => {
      const nar = await consortium.list("many-0");
      const many = Array.from({ length: 70 }, (_, i) => ({ ...nar, storePath: makeStorePath(`many-${i}`) }));
      const checked = await consortium.check(await consortium.draft(many));
      expect([checked.batch.depth, checked.rows.length]).to.deep.equal([1, 70]);
    });

    it("a batch of which nobody may alter anything any more", async () => {
      const checked = await consortium.check({ ...(await consortium.draft([added])) });
      expect([Object.isFrozen(checked), Object.isFrozen(checked.batch)]).to.deep.equal([true, true]);
    });

    it("without its NARs only where it is shown", async () => {
      const batch = await consortium.draft([added]);
      expect(await consortium.check(batch, { skipNars: true })).to.include({ narsChecked: false });
      expect(consortium.world.swarmProxy.requests.join()).not.to.contain(added.narAddress);
    });
  });

  describe("refuses the batch itself", () => {
    const cases: [string, string, () => Partial<Batch>][] = [
      ["another parent", "BATCH_STALE", () => ({ parent: `0x${"11".repeat(32)}` })],
      ["the seq that is", "BATCH_STALE", () => ({ seq: 1 })],
      ["a seq too far", "BATCH_STALE", () => ({ seq: 3 })],
      ["a deadline that is past", "BATCH_DEADLINE", () => ({ deadline: Math.floor(Date.now() / 1000) - 1 })],
      ["a deadline over seven days away", "BATCH_DEADLINE", () => ({ deadline: tomorrow() + 6 * 86_400 + 60 })],
      ["a deadline at the end of time", "BATCH_DEADLINE", () => ({ deadline: Number.MAX_SAFE_INTEGER })],
      ["an altered root", "CAT_ROOT_MISMATCH", () => ({ root: "ab".repeat(32) })],
      ["the parent's root", "CAT_ROOT_MISMATCH", () => ({ root: "0".repeat(64) })],
      ["another depth", "CAT_ROOT_MISMATCH", () => ({ depth: 1 })],
      ["more rows than the delta has", "CAT_DELTA_INVALID", () => ({ rows: 2 })],
      ["fewer rows than the delta has", "SWARM_TOO_LARGE", () => ({ rows: 0 })],
      ["more rows than any delta has", "CAT_DELTA_INVALID", () => ({ rows: 2 ** 20 + 1 })],
      ["a delta that is nowhere", "SWARM_NOT_FOUND", () => ({ delta: "cd".repeat(32) })],
      ["a pack that is nowhere", "SWARM_NOT_FOUND", () => ({ pack: "cd".repeat(32) })],
      ["no pack", "SWARM_NOT_FOUND", () => ({ pack: NO_PACK })],
    ];
    for (const [what, code, overrides] of cases)
      it(`${what}: ${code}`, async () => {
        expect(await consortium.codeOfBatch([added], overrides())).to.equal(code);
      });

    it("that another act overtook", async () => {
      const batch = await consortium.draft([added]);
      await consortium.approve(tombstone("alone"));
      expect(await codeOf(() => consortium.check(batch))).to.equal("BATCH_STALE");
    });
  });

  describe("refuses a delta", () => {
    const write = async (bytes: Uint8Array) => (await consortium.world.store.write(bytes)).address;
    const packRows = (...rows: Row[]) => Buffer.concat(rows.map((row) => encodeDelta([row])));

    const cases: [string, string, () => Row[]][] = [
      ["of another act", "CAT_DELTA_INVALID", () => [rowOf(added, "added", 1)]],
      [
        "out of order",
        "CAT_DELTA_INVALID",
        () => [rowOf(added, "added", 2), rowOf(alone, "alone", 2)].sort(compareRows).reverse(),
      ],
      ["with a row twice", "CAT_DELTA_INVALID", () => [rowOf(added, "added", 2), rowOf(added, "added", 2)]],
    ];
    for (const [what, code, rows] of cases)
      it(`${what}: ${code}`, async () => {
        const delta = await write(packRows(...rows()));
        expect(await consortium.codeOfBatch([added], { delta, rows: rows().length })).to.equal(code);
      });

    it("with a row that is none: CAT_ROW_INVALID", async () => {
      const delta = await write(new Uint8Array(64));
      expect(await consortium.codeOfBatch([added], { delta })).to.equal("CAT_ROW_INVALID");
    });

    it("of a row more than the root knows: CAT_ROOT_MISMATCH", async () => {
      const rows = [rowOf(added, "added", 2), rowOf(alone, "alone", 2)].sort(compareRows);
      const delta = await write(encodeDelta(rows));
      expect(await consortium.codeOfBatch([added], { delta, rows: 2 })).to.equal("CAT_ROOT_MISMATCH");
    });

    it("that grows the CAT by ground paths: CAT_GROWTH_REFUSED", async () => {
      const ground = groundRows(65, 12).map(({ nixId }) => ({
        ...added,
        references: [],
        storePath: `/nix/store/${formatHashPart(nixId)}-ground`,
      }));
      expect(await consortium.codeOfBatch(ground)).to.equal("CAT_GROWTH_REFUSED");
    });

    it("that withdraws what is not listed, or withdrawn already: CAT_TOMBSTONE_UNKNOWN", async () => {
      expect(await consortium.codeOfBatch([tombstone("nowhere")])).to.equal("CAT_TOMBSTONE_UNKNOWN");
      await consortium.approve(tombstone("alone"));
      expect(await consortium.codeOfBatch([tombstone("alone")])).to.equal("CAT_TOMBSTONE_UNKNOWN");
    });
  });

  describe("refuses a record", () => {
    const raw = (content: string | Uint8Array, name = "added") => ({
      storePath: makeStorePath(name),
      content: Buffer.from(content),
    });
    const cases: [string, string, () => Parameters<Consortium["draft"]>[0]][] = [
      ["that is malformed", "CAT_RECORD_INVALID", () => [raw("StorePath: /nix/store\n")]],
      ["with an unknown key", "CAT_RECORD_INVALID", () => [raw(`${formatRecord(added)}Extra: 1\n`)]],
      ["that is no text", "CAT_RECORD_INVALID", () => [raw(Uint8Array.of(0xff, 0xfe))]],
      ["of another path", "CAT_RECORD_OF_ANOTHER_PATH", () => [raw(formatRecord(alone))]],
      ["larger than any", "SWARM_TOO_LARGE", () => [raw(new Uint8Array((1 << 20) + 1))]],
      ["with a listing that is not its NAR's", "CAT_LISTING_MISMATCH", () => [{ ...added, listing: "ab".repeat(32) }]],
    ];
    for (const [what, code, entries] of cases)
      it(`${what}: ${code}`, async () => {
        expect(await consortium.codeOfBatch(entries())).to.equal(code);
      });

    it("of another store folder: CAT_RECORD_INVALID", async () => {
      expect(await consortium.codeOfBatch([added], {}, { storeDir: "/gnu/store" })).to.equal("CAT_RECORD_INVALID");
    });

    it("that is missing: SWARM_NOT_FOUND", async () => {
      const batch = await consortium.draft([added]);
      consortium.breakSwarm(toHex(swarmIdOf(added)), { kind: "status", status: 404 });
      expect(await codeOf(() => consortium.check(batch))).to.equal("SWARM_NOT_FOUND");
    });

    it("of a build that the guardian withdrew through this act: CAT_WITHDRAWN_BUILD", async () => {
      await withdrawBuild(consortium.world.registry, consortium.world.guardian, toHex(swarmIdOf(alone)), "");
      expect(await consortium.codeOfBatch([alone])).to.equal("CAT_WITHDRAWN_BUILD");
      await consortium.approve(base);
      expect(await consortium.codeOfBatch([alone])).to.equal(undefined);
    });
  });

  describe("refuses a pack", () => {
    const texts = (...records: CatRecord[]) => collect(encodePack(records.map((record) => formatRecord(record))));
    const cases: [string, () => Uint8Array | Promise<Uint8Array>][] = [
      ["of another record", () => texts(alone)],
      ["with a record more", () => texts(added, alone)],
      ["without records", () => texts()],
      ["that is not compressed", () => Buffer.from(`${formatRecord(added)}\n`)],
      ["that breaks off", async () => (await texts(added)).subarray(0, -3)],
      ["with something after its frame", async () => Buffer.concat([await texts(added), Buffer.alloc(9)])],
      ["without the last empty line", () => zstdCompressSync(formatRecord(added))],
      ["that unpacks to gigabytes", () => zstdCompressSync(Buffer.alloc(256 << 20))],
    ];
    for (const [what, make] of cases)
      it(`${what}: CAT_PACK_INVALID`, async () => {
        const { address } = await consortium.world.store.write(await make());
        expect(await consortium.codeOfBatch([added], { pack: address })).to.equal("CAT_PACK_INVALID");
      });

    it("where there are no records: CAT_PACK_INVALID", async () => {
      expect(await consortium.codeOfBatch([tombstone("alone")], { pack: "ab".repeat(32) })).to.equal(
        "CAT_PACK_INVALID",
      );
    });
  });
});
