import type { NarPiece } from "./cut-nar.js";
import { makePlaceholder } from "./placeholder.js";

/** Regions of a piece, by index, that a match ran into by accident; none is in both. */
export interface ConcernedRegions {
  /** In which a byte is wrong. */
  readonly wrong: ReadonlySet<number>;
  /** From which a byte was copied that is wrong outside of all regions. */
  readonly copied: ReadonlySet<number>;
}

/** Which placeholder each region of a piece has. */
export class RegionNumbers {
  readonly #numbers: number[];
  #next = 0;

  /** From 0 by position: a reference that the piece has had keeps its number, any other region has the next one. */
  constructor({ regions }: NarPiece) {
    const known = new Map<number, number>();
    this.#numbers = regions.map(({ reference }) => {
      const number = (reference === undefined ? undefined : known.get(reference)) ?? this.#next++;
      if (reference !== undefined) known.set(reference, number);
      return number;
    });
  }

  /**
   * Gives other placeholders to the regions concerned, in ascending order. One that came out wrong is a match that was found
   * late, which new bytes for all its equals would leave as it is: it gets the next number alone. One that was copied from
   * gets it with all its equals, or the match would run into the next of them.
   */
  renew({ wrong, copied }: ConcernedRegions): void {
    // A piece may have a hundred thousand regions, all concerned: nothing is looked for among all of them for each.
    const equals = new Map<number, number[]>();
    for (const region of copied) equals.set(this.#numbers[region]!, []);
    for (const [at, number] of this.#numbers.entries()) equals.get(number)?.push(at);
    for (const region of [...wrong, ...copied].sort((a, b) => a - b)) {
      const number = this.#numbers[region]!;
      if (wrong.has(region)) this.#numbers[region] = this.#next++;
      else if (equals.has(number)) {
        // Those that got a number of their own before, being wrong, are its equals no more.
        for (const at of equals.get(number)!) if (this.#numbers[at] === number) this.#numbers[at] = this.#next;
        equals.delete(number);
        this.#next++;
      }
    }
  }

  /** A copy of the piece with a placeholder in each region. */
  mask({ bytes, regions }: NarPiece): Uint8Array {
    const masked = bytes.slice();
    for (const [at, { start, size }] of regions.entries()) masked.set(makePlaceholder(this.#numbers[at]!, size), start);
    return masked;
  }
}
