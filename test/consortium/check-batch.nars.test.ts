import { expect } from "chai";
import { constants, zstdCompressSync } from "node:zlib";
import { encodeSeekTable } from "../../src/nar-file/seek-table.js";
import type { CatRecord } from "../../src/cat/record.js";
import { codeOf } from "../support/code-of.js";
import { encodeNarTokens } from "../support/nar-tree.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { Consortium, narOf, sha256 } from "./support/consortium.js";

/** What a NAR file may be that its record lies about. */
describe("checkBatch, NAR files", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let restore: () => Promise<void>;

  before(async () => {
    consortium = await Consortium.start();
  });
  after(() => consortium.close());
  beforeEach(async () => {
    restore = await consortium.snapshot();
  });
  afterEach(() => restore());

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
    const withTable = (contentSize: number) =>
      Buffer.concat([zstd, encodeSeekTable([{ size: zstd.length, contentSize }])]);

    it("but not one of several frames, with a seek table that is right", async () => {
      const record = await of({}, withTable(nar.length));
      expect(await consortium.codeOfBatch([record])).to.equal(undefined);
    });

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
      ["with a seek table that lies", "NAR_FILE_INVALID", () => of({}, withTable(nar.length - 1))],
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
});
