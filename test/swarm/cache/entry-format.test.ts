import { expect } from "chai";
import fc from "fast-check";
import { countChunks } from "../../../src/bmt/count-chunks.js";
import {
  FOOTER_SIZE,
  formatTail,
  INDEX_ITEM_SIZE,
  parseFooter,
  parseIndex,
} from "../../../src/swarm/cache/entry-format.js";

describe("cache entries, their format", () => {
  const chunk = (seed: number, length: number) => ({
    address: new Uint8Array(32).fill(seed),
    data: new Uint8Array(length).fill(seed),
  });

  it("finds the chunks that were put in", () => {
    const size = 600_000;
    const tree = [chunk(1, 4104), chunk(2, 72), chunk(3, 8 + 64)];
    const tail = Buffer.from(formatTail(size, tree));
    const footer = parseFooter(tail.subarray(-FOOTER_SIZE), size + tail.length);
    expect(footer).to.deep.equal({ size, count: 3 });
    const end = tail.length - FOOTER_SIZE;
    const places = parseIndex(tail.subarray(end - 3 * INDEX_ITEM_SIZE, end));
    for (const { address, data } of tree) {
      const { offset, length } = places.get(Buffer.from(address).toString("hex"))!;
      expect(tail.subarray(offset - size, offset - size + length).equals(data)).to.equal(true);
    }
  });

  it("takes nothing for a footer that is none, or cannot be that of the file", () => {
    const tail = Buffer.from(formatTail(5000, [chunk(1, 72)]));
    const footer = tail.subarray(-FOOTER_SIZE);
    const with64 = (at: number, value: bigint) => {
      const changed = Buffer.from(footer);
      changed.writeBigUInt64LE(value, at);
      return changed;
    };
    expect(parseFooter(footer, 5000 + tail.length)).to.deep.equal({ size: 5000, count: 1 });
    expect(parseFooter(footer, 4999 + INDEX_ITEM_SIZE + FOOTER_SIZE)).to.equal(undefined);
    expect(parseFooter(footer.subarray(1), 1e6)).to.equal(undefined);
    for (const wrong of [with64(0, 0n), with64(16, 1n << 60n), with64(24, 3n), with64(24, 1n << 63n)])
      expect(parseFooter(wrong, 1e6)).to.equal(undefined);
  });

  it("takes no more chunks for a tree than a file of that size has: a sparse file costs nobody memory", () => {
    const footer = Buffer.from(formatTail(5000, [chunk(1, 72)])).subarray(-FOOTER_SIZE);
    footer.writeBigUInt64LE(1n << 40n, 16);
    for (const count of [(1n << 40n) / 4096n, 2_113_666n, 0n]) {
      footer.writeBigUInt64LE(count, 24);
      expect(parseFooter(footer, 2 ** 41)).to.equal(undefined);
    }
    footer.writeBigUInt64LE(BigInt(countChunks(2 ** 40) - 2 ** 28), 24);
    expect(parseFooter(footer, 2 ** 41)?.size).to.equal(2 ** 40);
  });

  it("reads any bytes without an error, and gives no place that a chunk could not have", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(1e9), (bytes, length) => {
        const buffer = Buffer.from(bytes);
        expect(parseFooter(buffer.subarray(0, FOOTER_SIZE), length)).to.equal(undefined);
        const index = buffer.subarray(0, buffer.length - (buffer.length % INDEX_ITEM_SIZE));
        for (const place of parseIndex(index).values()) expect(place.length).to.be.within(8, 4104);
      }),
    );
  });
});
