import type { NarPiece } from "./cut-nar.js";
import { makePlaceholder } from "./placeholder.js";

/** Regions of a piece, by index and ascending, that a match ran into by accident. */
export interface ConcernedRegions {
  /** In which a byte is wrong. */
  readonly wrong: readonly number[];
  /** From which a byte was copied that is wrong outside of all regions. */
  readonly copied: readonly number[];
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
   * Gives other placeholders to the regions concerned. One that came out wrong is a match that was found late, which new bytes for
   * all its equals would leave as it is: it is renewed alone. One that was copied from is renewed with all its equals, or the
   * match would run into the next of them.
   */
  renew({ wrong, copied }: ConcernedRegions): void {
    for (const region of wrong) this.#numbers[region] = this.#next++;
    const renewed = new Map<number, number>();
    for (const region of copied) {
      const number = this.#numbers[region]!;
      if (!renewed.has(number)) renewed.set(number, this.#next++);
    }
    for (const [region, number] of this.#numbers.entries()) this.#numbers[region] = renewed.get(number) ?? number;
  }

  /** A copy of the piece with a placeholder in each region. */
  mask({ bytes, regions }: NarPiece): Uint8Array {
    const masked = bytes.slice();
    for (const [at, { start, size }] of regions.entries()) masked.set(makePlaceholder(this.#numbers[at]!, size), start);
    return masked;
  }
}
