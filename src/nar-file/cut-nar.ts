import { BLANK, MAX_PIECE_SIZE, MIN_PIECE_SIZE } from "./constants.js";
import { findCut } from "./find-cut.js";
import { type Region, RegionFinder } from "./find-regions.js";

/** A run of a NAR's bytes that is compressed by itself. */
export interface NarPiece {
  /** At most `MAX_PIECE_SIZE`, and its reader's to keep. */
  readonly bytes: Uint8Array;
  /** Within the piece, ascending. */
  readonly regions: readonly Region[];
  readonly isLast: boolean;
}

/** More than a region, and what stands before it, beyond the largest piece: a cut is then never undecided. */
const LOOKAHEAD = 64;
/** Room for the bytes at hand: at first, and at most. */
const [LEAST_ROOM, MOST_ROOM] = [MIN_PIECE_SIZE, 1.5 * MAX_PIECE_SIZE];

/**
 * Cuts a NAR by its content: the same bytes around the same regions give the same cuts, wherever they are in the NAR and in
 * whatever buffers it arrives. Holds at most 12 MiB. Without a byte there is no piece.
 * @param references hash parts: 32 characters of nix-base32 each
 * @throws what `nar` throws
 */
export async function* cutNar(
  nar: AsyncIterable<Uint8Array>,
  references: readonly string[],
): AsyncGenerator<NarPiece, void, undefined> {
  const window = new Window(references);
  for await (const bytes of nar)
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(window.add(rest));
      while (window.isFull) yield window.take(false);
    }
  while (!window.isEmpty) yield window.take(true);
}

/** The bytes that are not cut yet: as they are, and with every region blank, which is what is cut by. */
class Window {
  readonly #finder: RegionFinder;
  #bytes = new Uint8Array(LEAST_ROOM);
  #blanked = new Uint8Array(LEAST_ROOM);
  #start = 0;
  #end = 0;
  /** Regions from `#start` on, by their places in the window. */
  #regions: Region[] = [];
  /** Before this, all regions are known. */
  #searched = 0;

  constructor(references: readonly string[]) {
    this.#finder = new RegionFinder(references);
  }

  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** Whether the next piece can be cut whatever follows. */
  get isFull(): boolean {
    return this.#end - this.#start >= MAX_PIECE_SIZE + LOOKAHEAD;
  }

  /** @returns how many of the bytes it took: at least one, as long as it is not full */
  add(bytes: Uint8Array): number {
    if (this.#end === this.#bytes.length) {
      if (this.#bytes.length < MOST_ROOM) this.#grow();
      else this.#moveToFront();
    }
    const part = bytes.subarray(0, this.#bytes.length - this.#end);
    this.#bytes.set(part, this.#end);
    this.#blanked.set(part, this.#end);
    this.#end += part.length;
    return part.length;
  }

  take(isEnd: boolean): NarPiece {
    this.#search(isEnd);
    const start = this.#start;
    const cut = start + findCut(this.#blanked.subarray(start, this.#end));
    const straddling = this.#regions.find((region) => region.start < cut && cut < region.start + region.size);
    const end = straddling?.start ?? cut;
    const count = this.#regions.findIndex((region) => region.start >= end);
    const within = this.#regions.splice(0, count < 0 ? this.#regions.length : count);
    this.#start = end;
    return {
      bytes: this.#bytes.slice(start, end),
      regions: within.map((region) => ({ ...region, start: region.start - start })),
      isLast: isEnd && this.isEmpty,
    };
  }

  #search(isEnd: boolean): void {
    const { regions, next } = this.#finder.find(this.#bytes.subarray(0, this.#end), this.#searched, isEnd);
    for (const { start, size } of regions) this.#blanked.fill(BLANK, start, start + size);
    for (const region of regions) this.#regions.push(region);
    this.#searched = next;
  }

  /** Most NARs are small. */
  #grow(): void {
    const before = [this.#bytes, this.#blanked] as const;
    const room = Math.min(2 * this.#end, MOST_ROOM);
    [this.#bytes, this.#blanked] = [new Uint8Array(room), new Uint8Array(room)];
    this.#bytes.set(before[0]);
    this.#blanked.set(before[1]);
  }

  #moveToFront(): void {
    // A note before the place where the search goes on has to stay in sight; the search is far beyond the start.
    const by = this.#start;
    this.#bytes.copyWithin(0, by, this.#end);
    this.#blanked.copyWithin(0, by, this.#end);
    this.#regions = this.#regions.map((region) => ({ ...region, start: region.start - by }));
    this.#searched = Math.max(0, this.#searched - by);
    this.#end -= by;
    this.#start = 0;
  }
}
