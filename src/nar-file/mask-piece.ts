import type { NarPiece } from "./cut-nar.js";
import { makePlaceholder } from "./placeholder.js";

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

  /** Gives a region alone the next number, even where others are of the same reference. */
  renew(region: number): void {
    this.#numbers[region] = this.#next++;
  }

  /** A copy of the piece with a placeholder in each region. */
  mask({ bytes, regions }: NarPiece): Uint8Array {
    const masked = bytes.slice();
    for (const [at, { start, size }] of regions.entries()) masked.set(makePlaceholder(this.#numbers[at]!, size), start);
    return masked;
  }
}
