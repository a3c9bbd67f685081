import { expect } from "chai";
import { constants, zstdCompressSync } from "node:zlib";
import { applyDelta } from "../../src/cat/apply.js";
import { type Batch, batchDigest, NO_PACK } from "../../src/cat/batch.js";
import { encodeDelta } from "../../src/cat/delta.js";
import { encodePack } from "../../src/cat/pack.js";
import { type CatRecord, formatRecord } from "../../src/cat/record.js";
import { compareRows, type Row } from "../../src/cat/row.js";
import { toHex } from "../../src/encoding/hex.js";
import { Registry } from "../../src/registry/registry.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { groundRows } from "../cat/support/rows.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { encodeNarTokens } from "../support/nar-tree.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { approveBatch } from "../support/publish-batch.js";
import { formatHashPart } from "../../src/nix/store-path.js";
import { baseNameOf, Consortium, narOf, nixIdOf, sha256, tomorrow } from "./support/consortium.js";

const tombstone = (name: string) => ({ tombstone: makeStorePath(name) });
const rowOf = (record: CatRecord, name: string, seq: number): Row => ({
  nixId: nixIdOf(name),
  seq,
  swarmId: swarmIdOf(record),
});

// One chain for all: the parent lists base, lib (refers to base), tool (refers to lib) and alone, all by batch 1.
describe("checkBatch", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let base: CatRecord, lib: CatRecord, tool: CatRecord, alone: CatRecord, added: CatRecord;
  let restore: () => Promise<void>;

  before(async () => {
    consortium = await Consortium.start();
    base = await consortium.list("base");
    lib = await consortium.refer("lib", "base");
    tool = await consortium.refer("tool", "lib", "tool");
    alone = await consortium.list("alone");
    added = await consortium.refer("added", "base", "added");
    await consortium.approve(base, lib, tool, alone);
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
      const byName = new Map(checked.rows.map((row) => [row.record!.storePath, row]));
      expect(byName.get(added.storePath))
        .to.deep.include({ kind: "added", record: added })
        .and.not.have.property("previous");
      expect(byName.get(changed.storePath)).to.deep.include({ kind: "changed", record: changed, previous: alone });
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

  describe("refuses a NAR file", () => {
    const nar = narOf("the right one");
    const zstd = zstdCompressSync(nar);
    const noise = Buffer.from(pseudoRandomBytes(3 << 20));
    const of = (fields: Partial<CatRecord>, file: Uint8Array = zstd, whole: Uint8Array = nar) =>
      consortium.list("broken", fields, file, Buffer.from(whole));
    const half = Buffer.from(zstdCompressSync(narOf(noise))).subarray(0, 1 << 20);
    const unsorted = Buffer.concat([
      encodeNarTokens("nix-archive-1", "(", "type", "directory"),
      ...["b", "a"].map((name) =>
        encodeNarTokens("entry", "(", "name", name, "node", "(", "type", "symlink", "target", "x", ")", ")"),
      ),
      encodeNarTokens(")"),
    ]);
    const plain = (whole: Uint8Array) => of({ compression: "none" }, whole, whole);
    const cases: [string, string, () => Promise<CatRecord>][] = [
      ["with another NarHash", "NAR_FILE_INVALID", () => of({ narHash: sha256(Buffer.from("x")) })],
      ["with a greater NarSize", "NAR_FILE_INVALID", () => of({ narSize: nar.length + 1 })],
      ["with a smaller NarSize", "NAR_FILE_INVALID", () => of({ narSize: nar.length - 1 })],
      ["with another FileHash", "NAR_FILE_INVALID", () => of({ fileHash: sha256(Buffer.from("x")) })],
      ["with a greater FileSize", "SWARM_SIZE_MISMATCH", () => of({ fileSize: zstd.length + 1 })],
      ["with a smaller FileSize", "SWARM_SIZE_MISMATCH", () => of({ fileSize: zstd.length - 1 })],
      ["that is nowhere", "SWARM_NOT_FOUND", () => of({ narAddress: "ab".repeat(32) })],
      ["that is no NAR", "NAR_FILE_INVALID", () => plain(Buffer.from("no NAR at all"))],
      ["whose names are not sorted", "NAR_FILE_INVALID", () => plain(unsorted)],
      ["with a byte after the NAR", "NAR_FILE_INVALID", () => plain(Buffer.concat([nar, Buffer.alloc(8)]))],
      ["that is cut off inside the NAR", "NAR_FILE_INVALID", () => plain(nar.subarray(0, -8))],
      ["that is not compressed", "NAR_FILE_INVALID", () => of({}, nar)],
      ["with a byte after the frame", "NAR_FILE_INVALID", () => of({}, Buffer.concat([zstd, Buffer.alloc(1)]))],
      ["with megabytes after the frame", "NAR_FILE_INVALID", () => of({}, Buffer.concat([zstd, noise]))],
      ["of two frames", "NAR_FILE_INVALID", () => of({}, Buffer.concat([zstd, zstdCompressSync("")]))],
      ["that breaks off", "NAR_FILE_INVALID", () => of({}, half, narOf(noise))],
      [
        "with a window of 16 MiB",
        "NAR_FILE_INVALID",
        () => {
          const large = narOf(Buffer.alloc(20 << 20));
          return of({}, zstdCompressSync(large, { params: { [constants.ZSTD_c_windowLog]: 24 } }), large);
        },
      ],
    ];
    for (const [what, code, make] of cases)
      it(`${what}: ${code}`, async () => {
        expect(await consortium.codeOfBatch([await make()])).to.equal(code);
      });

    it("that unpacks to far more than NarSize: NAR_FILE_INVALID", async () => {
      const bomb = await of({}, zstdCompressSync(narOf(Buffer.alloc(64 << 20))));
      expect(await consortium.codeOfBatch([bomb])).to.equal("NAR_FILE_INVALID");
    });

    it("and stops the others", async () => {
      const bad = await of({ narHash: sha256(Buffer.from("x")) });
      const slow = await consortium.list("slow", {}, undefined, narOf(noise));
      const later = await Promise.all(["x", "y", "z"].map((name) => consortium.list(name)));
      const batch = await consortium.draft([bad, slow, ...later]);
      consortium.breakSwarm(`bytes/${slow.narAddress}`, { kind: "stall", after: 100_000 });
      const started = performance.now();
      expect(await codeOf(() => consortium.check(batch))).to.equal("NAR_FILE_INVALID");
      expect(performance.now() - started, "it waited for the stalled one").to.be.below(2500);
      const { requests } = consortium.world.swarmProxy;
      const count = requests.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(requests.length, "something was still under way").to.equal(count);
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
      expect(rows[0]).to.include({ kind: "withdrawn" }).and.not.have.property("record");
    });
    it("replace one", async () => {
      await consortium.approve(junk);
      const { rows } = await consortium.check(await consortium.draft([await consortium.list("junk")]));
      expect(rows[0]).to.include({ kind: "changed" }).and.not.have.property("previous");
    });
    it("withdraw one whose record is lost, but not while Swarm is down", async () => {
      const batch = await consortium.draft([tombstone("alone")]);
      consortium.breakSwarm(toHex(swarmIdOf(alone)), { kind: "status", status: 404 });
      expect((await consortium.check(batch)).rows[0]).to.not.have.property("record");
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

  describe("with a faulty Swarm", () => {
    const parts: [string, () => Promise<{ batch: Batch; address: string }>][] = [
      [
        "the delta",
        async () => {
          const batch = await consortium.draft([added]);
          return { batch, address: `bytes/${batch.delta}` };
        },
      ],
      [
        "a record",
        async () => ({ batch: await consortium.draft([added]), address: `chunks/${toHex(swarmIdOf(added))}` }),
      ],
      [
        "the pack",
        async () => {
          const batch = await consortium.draft([added]);
          return { batch, address: `bytes/${batch.pack}` };
        },
      ],
      ["a NAR", async () => ({ batch: await consortium.draft([added]), address: `bytes/${added.narAddress}` })],
      [
        "the parent's root",
        async () => {
          const { cat } = await consortium.world.registry.state();
          return { batch: await consortium.draft([added]), address: `chunks/${cat.root}` };
        },
      ],
      [
        "the new root",
        async () => {
          const batch = await consortium.draft([added]);
          return { batch, address: `chunks/${batch.root}` };
        },
      ],
    ];
    const faults: [string, Parameters<Consortium["breakSwarm"]>[1], RegExp][] = [
      ["404", { kind: "status", status: 404 }, /^SWARM_NOT_FOUND$/],
      ["500", { kind: "status", status: 500 }, /^SWARM_NOT_FOUND$/],
      ["wrong bytes", { kind: "flip", at: 9 }, /^SWARM_(MISMATCH|CHUNK_INVALID)$/],
      ["less", { kind: "truncate", after: 20, framing: "length" }, /^SWARM_/],
      ["more", { kind: "endless" }, /^SWARM_/],
      ["a cut connection", { kind: "reset", after: 20 }, /^SWARM_/],
    ];
    for (const [part, make] of parts)
      for (const [what, fault, code] of faults)
        it(`answers ${what} for ${part}`, async () => {
          const { batch, address } = await make();
          consortium.breakSwarm(address, fault);
          expect(await codeOf(() => consortium.check(batch))).to.match(code);
        });
  });

  it("ends with the reason of its signal, before and in the middle", async () => {
    const batch = await consortium.draft([added]);
    const reason = new Error("enough");
    const rejects = (signal: AbortSignal) =>
      consortium.check(batch, { signal }).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await rejects(AbortSignal.abort(reason))).to.equal(reason);
    for (const address of [batch.delta, batch.pack, added.narAddress]) {
      consortium.breakSwarm(address, { kind: "hang" });
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 150);
      expect(await rejects(controller.signal)).to.equal(reason);
    }
  });

  it("refuses when the chain does not answer", async () => {
    const batch = await consortium.draft([added]);
    const { rpcProxy, registry } = consortium.world;
    const seen = await Registry.open(rpcProxy.url, registry.id);
    rpcProxy.down = true;
    expect(await codeOf(() => consortium.check(batch, { registry: seen }))).to.equal("RPC_UNAVAILABLE");
    rpcProxy.down = false;
    seen.close();
  });
});
