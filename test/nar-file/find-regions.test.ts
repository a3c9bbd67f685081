import { expect } from "chai";
import fc from "fast-check";
import { BUILD_ID_NOTE } from "../../src/nar-file/constants.js";
import { type Region, RegionFinder } from "../../src/nar-file/find-regions.js";
import { hashPart } from "./support/sample-nar.js";

const references = [1, 2, 3].map(hashPart);
const note = Buffer.from(BUILD_ID_NOTE);

/** By the rule of docs/spec.md, place by place. */
function findPlainly(bytes: Buffer): Region[] {
  const regions: Region[] = [];
  for (let at = 0; at < bytes.length;) {
    const reference = references.findIndex((one) => bytes.subarray(at, at + 32).equals(Buffer.from(one)));
    const isBuildId = at >= 16 && bytes.subarray(at - 16, at).equals(note) && at + 20 <= bytes.length;
    if (reference >= 0) regions.push({ start: at, size: 32, reference });
    else if (isBuildId) regions.push({ start: at, size: 20, reference: undefined });
    at += reference >= 0 ? 32 : isBuildId ? 20 : 1;
  }
  return regions;
}

/** As the cutter does: more bytes each time, and on from where the last search ended. */
function findInParts(bytes: Uint8Array, step: number): Region[] {
  const finder = new RegionFinder(references);
  const all: Region[] = [];
  let from = 0;
  for (let end = 0; end < bytes.length; end += step) {
    const isLast = end + step >= bytes.length;
    const { regions, next } = finder.find(bytes.subarray(0, end + step), from, isLast);
    all.push(...regions);
    from = next;
  }
  return all;
}

describe("RegionFinder", () => {
  const part = fc.oneof(
    fc.constantFrom(...references.map((one) => Buffer.from(one)), note, Buffer.concat([note, Buffer.alloc(20, 7)])),
    fc.constantFrom(...references).chain((one) => fc.nat(31).map((at) => Buffer.from(one).subarray(at))),
    fc.constantFrom(...references).chain((one) => fc.nat(31).map((at) => Buffer.from(one).subarray(0, at))),
    fc.nat(15).map((at) => note.subarray(0, at)),
    fc.stringMatching(/^[0-9a-df-np-z]{0,40}$/).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  );

  it("finds what the rule says, in any buffers: notes in references, references in build ids, all cut short", () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.integer({ min: 1, max: 70 }), (parts, step) => {
        const bytes = Buffer.concat(parts);
        const wanted = findPlainly(bytes);
        expect(findInParts(bytes, Math.max(1, bytes.length))).to.deep.equal(wanted);
        expect(findInParts(bytes, step)).to.deep.equal(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it("prefers the lower start, then the reference", () => {
    const reference = Buffer.from(references[0]!);
    const find = (...parts: Buffer[]) =>
      findInParts(Buffer.concat(parts), 1000).map(({ start, size }) => [start, size]);
    expect(find(note, reference)).to.deep.equal([[16, 32]]);
    expect(find(note, Buffer.from("!"), reference)).to.deep.equal([[16, 20]]);
    expect(find(note, Buffer.alloc(19))).to.deep.equal([]);
    expect(find(note, Buffer.alloc(4), note, Buffer.alloc(20))).to.deep.equal([
      [16, 20],
      [36, 20],
    ]);
  });

  it("finds nothing but build ids without references", () => {
    const bytes = Buffer.concat([Buffer.from(references[0]!), note, Buffer.alloc(20)]);
    expect(new RegionFinder([]).find(bytes, 0, true).regions).to.deep.equal([
      { start: 48, size: 20, reference: undefined },
    ]);
  });

  it("takes nothing for a hash part that is none", () => {
    for (const wrong of ["", "abc", "e".repeat(32), "é".repeat(16), `${references[0]!}-name`])
      expect(() => new RegionFinder([wrong])).to.throw(RangeError);
  });
});
