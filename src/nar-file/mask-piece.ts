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
    const shared = new Set<number>();
    for (const region of [...wrong, ...copied].sort((a, b) => a - b)) {
      const number = this.#numbers[region]!;
      if (wrong.has(region)) this.#numbers[region] = this.#next++;
      else if (!shared.has(number)) {
        shared.add(this.#next);
        for (const [at, one] of this.#numbers.entries()) if (one === number) this.#numbers[at] = this.#next;
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
