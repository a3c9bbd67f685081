import { expect } from "chai";
import fc from "fast-check";
import { RegionNumbers } from "../../src/nar-file/mask-piece.js";
import { makePlaceholder } from "../../src/nar-file/placeholder.js";

const SIZE = 32;

function pieceOf(references: readonly (number | undefined)[]) {
  const regions = references.map((reference, at) => ({ start: SIZE * at, size: SIZE, reference }));
  return { bytes: new Uint8Array(SIZE * references.length), regions, isLast: true };
}

/** The rule as docs/spec.md has it (stable-zstd/1, step 5), word by word. */
function renewByTheBook(
  numbers: number[],
  next: number,
  wrong: ReadonlySet<number>,
  copied: ReadonlySet<number>,
): number {
  const renewed = new Set<number>();
  for (const region of numbers.keys())
    if (wrong.has(region)) numbers[region] = next++;
    else if (copied.has(region) && !renewed.has(numbers[region]!)) {
      const before = numbers[region]!;
      for (const [at, number] of numbers.entries()) if (number === before) numbers[at] = next;
      renewed.add(next++);
    }
  return next;
}

describe("RegionNumbers", () => {
  it("renews regions as the specification says, again and again", () => {
    const some = fc.uniqueArray(fc.nat(19), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.nat(4), { nil: undefined }), { minLength: 20, maxLength: 20 }),
        fc.array(fc.tuple(some, some), { maxLength: 4 }),
        (references, rounds) => {
          const piece = pieceOf(references);
          const regions = new RegionNumbers(piece);
          const known = new Map<number, number>();
          let next = 0;
          const numbers = references.map((reference) => {
            const number = (reference === undefined ? undefined : known.get(reference)) ?? next++;
            if (reference !== undefined) known.set(reference, number);
            return number;
          });
          for (const [some, others] of rounds) {
            const wrong = new Set(some);
            const copied = new Set(others.filter((region) => !wrong.has(region)));
            regions.renew({ wrong, copied });
            next = renewByTheBook(numbers, next, wrong, copied);
            const masked = Buffer.concat(numbers.map((number) => makePlaceholder(number, SIZE)));
            expect(masked.equals(regions.mask(piece))).to.equal(true);
          }
        },
      ),
    );
  });

  it("renews as many regions as a piece of 4 MiB may have, each by itself", () => {
    const piece = pieceOf(Array.from({ length: 131_072 }, (_, at) => at));
    const regions = new RegionNumbers(piece);
    regions.renew({ wrong: new Set(), copied: new Set(piece.regions.keys()) });
    const last = regions.mask(piece).subarray(-SIZE);
    expect(Buffer.from(last).equals(makePlaceholder(2 * 131_072 - 1, SIZE))).to.equal(true);
  });
});
