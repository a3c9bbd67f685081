import { expect } from "chai";
import fc from "fast-check";
import { setTimeout } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { ZstdFrameWalker } from "../../src/encoding/zstd-frame.js";
import { compressNar, formatOfLevel } from "../../src/publisher/compress-nar.js";
import { hashPart } from "../nar-file/support/sample-nar.js";
import { collect } from "../support/collect.js";
import { splitBytes } from "../support/split-bytes.js";

const info = (...references: string[]) => ({
  storePath: path(1),
  references: references.map((hash) => `/nix/store/${hash}-other`),
});
const path = (seed: number) => `/nix/store/${hashPart(seed)}-sample`;

describe("compressNar", () => {
  it("makes frames without a checksum, the same however the NAR arrives", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 19 }),
        async (nar, size, level) => {
          const file = await collect(compressNar(splitBytes(nar, size), info(), level));
          expect(Buffer.compare(zstdDecompressSync(file), nar)).to.equal(0);
          expect(new ZstdFrameWalker().advance(file)).to.equal(file.length);
          expect(file[4]! & 0b100, "checksum flag, RFC 8878 section 3.1.1.1.1").to.equal(0);
          const whole = await collect(compressNar(splitBytes(nar, nar.length), info(), level));
          expect(Buffer.compare(file, whole)).to.equal(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("writes the hash parts of the path and of its references in place", async () => {
    const text = (hashes: string[]) =>
      Buffer.from(hashes.map((hash) => `/nix/store/${hash}-name, and so on; `).join(""));
    const compress = (hashes: string[]) =>
      collect(
        compressNar(
          splitBytes(text(hashes), 100),
          { ...info(...hashes.slice(1)), storePath: `/nix/store/${hashes[0]!}-x` },
          9,
        ),
      );
    const [before, after] = [await compress([1, 2, 3].map(hashPart)), await compress([4, 5, 6].map(hashPart))];
    expect(after.length).to.equal(before.length);
    expect([...after].filter((byte, at) => byte !== before[at]).length).to.be.within(60, 96);
  });

  it("ends with the source's own error", async () => {
    const broken = new RangeError("broken");
    async function* nar() {
      yield new Uint8Array(100);
      await Promise.resolve();
      throw broken;
    }
    expect(await collect(compressNar(nar(), info(), 9)).catch((error: unknown) => error)).to.equal(broken);
  });

  it("closes its source where the reader stops", async () => {
    const closed = new Promise<void>((resolve) => {
      async function* nar() {
        try {
          for (let at = 0; ; at++) {
            await Promise.resolve();
            yield new Uint8Array(1 << 20).map((_, i) => (i * at * 2654435761) >>> 13);
          }
        } finally {
          resolve();
        }
      }
      void (async () => {
        const file = compressNar(nar(), info(), 1);
        await file.next();
        await setTimeout(50); // until the encoder has as much as it may hold
        await file.return();
      })();
    });
    await closed;
  });
});

describe("formatOfLevel", () => {
  it("knows the levels whose windows readers accept", () => {
    expect(formatOfLevel(9)).to.equal("stable-zstd/1-9");
    for (const level of [0, 20, 1.5, NaN]) expect(() => formatOfLevel(level)).to.throw(RangeError);
  });
});
