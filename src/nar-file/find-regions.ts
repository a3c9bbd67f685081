import { BUILD_ID_NOTE, BUILD_ID_SIZE, REFERENCE_SIZE } from "./constants.js";
import { ReferenceSearch } from "./reference-search.js";

/** Bytes of a NAR that a rebuild changes while all others stay: the hash part of a reference, or a build id. */
export interface Region {
  /** Where it begins, in the bytes at hand. */
  readonly start: number;
  readonly size: number;
  /** Which of the references it is; undefined for a build id, of which each is its own. */
  readonly reference: number | undefined;
}

/**
 * Finds opaque regions in a NAR that arrives piece by piece: from left to right without overlap, the lowest start first, a reference
 * before a build id.
 */
export class RegionFinder {
  readonly #references: ReferenceSearch;

  /** @param references hash parts: 32 characters of nix-base32 each */
  constructor(references: readonly string[]) {
    this.#references = new ReferenceSearch(references);
  }

  /**
   * All regions that begin at `from` or later and of which nothing that is still to come can decide.
   * @param bytes of the NAR, with at least 16 bytes before `from` where the NAR has them
   * @param isLast whether the NAR ends here
   * @returns the regions, and where to go on when there are more bytes
   */
  find(bytes: Uint8Array, from: number, isLast: boolean): { regions: Region[]; next: number } {
    // Later, a reference may still turn up that is not whole yet and begins before something that is.
    const limit = isLast ? bytes.length : Math.max(from, bytes.length - REFERENCE_SIZE + 1);
    const regions: Region[] = [];
    let at = from;
    let buildId = findBuildId(bytes, at);
    let reference = this.#references.next(bytes, at);
    for (;;) {
      const isReference = reference !== undefined && reference.start <= buildId;
      const region = isReference
        ? { start: reference!.start, size: REFERENCE_SIZE, reference: reference!.index }
        : { start: buildId, size: BUILD_ID_SIZE, reference: undefined };
      if (region.start >= limit) return { regions, next: Math.max(at, limit) };
      regions.push(region);
      at = region.start + region.size;
      if (buildId < at) buildId = findBuildId(bytes, at);
      if (reference !== undefined && reference.start < at) reference = this.#references.next(bytes, at);
    }
  }
}

/** Where the next build id begins that is whole; Infinity where there is none. Its note may stand before `from`. */
function findBuildId(bytes: Uint8Array, from: number): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const note = buffer.indexOf(BUILD_ID_NOTE, Math.max(0, from - BUILD_ID_NOTE.length));
  const start = note + BUILD_ID_NOTE.length;
  return note < 0 || start + BUILD_ID_SIZE > bytes.length ? Infinity : start;
}
