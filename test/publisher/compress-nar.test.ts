import { expect } from "chai";
import fc from "fast-check";
import { setTimeout } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { ZstdFrameWalker } from "../../src/encoding/zstd-frame.js";
import { compressNar, formatOfLevel } from "../../src/publisher/compress-nar.js";
import { collect } from "../support/collect.js";
import { splitBytes } from "../support/split-bytes.js";

describe("compressNar", () => {
  it("makes one frame without a checksum, the same however the NAR arrives", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 19 }),
        async (nar, size, level) => {
          const file = await collect(compressNar(splitBytes(nar, size), nar.length, level));
          expect(Buffer.compare(zstdDecompressSync(file), nar)).to.equal(0);
          expect(new ZstdFrameWalker().advance(file)).to.equal(file.length);
          expect(file[4]! & 0b100, "checksum flag, RFC 8878 section 3.1.1.1.1").to.equal(0);
          const whole = await collect(compressNar(splitBytes(nar, nar.length), nar.length, level));
          expect(Buffer.compare(file, whole)).to.equal(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("ends with the source's own error", async () => {
    const broken = new RangeError("broken");
    async function* nar() {
      yield new Uint8Array(100);
      await Promise.resolve();
      throw broken;
    }
    expect(await collect(compressNar(nar(), 200, 9)).catch((error: unknown) => error)).to.equal(broken);
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
        const file = compressNar(nar(), 2 ** 40, 1);
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
    expect(formatOfLevel(9)).to.equal("zstd-9");
    for (const level of [0, 20, 1.5, NaN]) expect(() => formatOfLevel(level)).to.throw(RangeError);
  });
});
