import type { NarPiece } from "./cut-nar.js";
import { makePlaceholder } from "./placeholder.js";

/** Which placeholder each region of a piece has: by first occurrence in the piece; each build id has its own. */
export interface RegionNumbers {
  /** By region. */
  readonly numbers: readonly number[];
  /** How many there are. */
  readonly count: number;
}

export function numberRegions({ regions }: NarPiece): RegionNumbers {
  const known = new Map<number, number>();
  let count = 0;
  const numbers = regions.map(({ reference }) => {
    const number = (reference === undefined ? undefined : known.get(reference)) ?? count++;
    if (reference !== undefined) known.set(reference, number);
    return number;
  });
  return { numbers, count };
}

/**
 * A copy of a piece with a placeholder in each region.
 * @param attempts how often each number's placeholder was changed
 */
export function maskPiece(
  { bytes, regions }: NarPiece,
  { numbers }: RegionNumbers,
  attempts: ReadonlyMap<number, number>,
): Uint8Array {
  const masked = bytes.slice();
  const made = new Map<number, Uint8Array>();
  for (const [at, { start, size }] of regions.entries()) {
    const number = numbers[at]!;
    const placeholder = made.get(number) ?? makePlaceholder(number, attempts.get(number) ?? 0, size);
    made.set(number, placeholder);
    masked.set(placeholder, start);
  }
  return masked;
}
