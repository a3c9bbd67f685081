import { CAPACITY, INPUT, memory, wasm } from "../wasm/instance.js";

/** Where to cut bytes into pieces, by what is in them. */
export interface CutRule {
  /** 256 numbers of 64 bits, one for each byte. */
  readonly table: BigUint64Array;
  /** Bytes of the shortest piece but the last: those before it are not hashed. */
  readonly min: number;
  /** From this many bytes on the second mask counts. */
  readonly normal: number;
  /** Bytes of the longest piece. */
  readonly max: number;
  /** Bits that must all be zero for a cut: more of them before `normal`, fewer after it, so that sizes keep near it. */
  readonly masks: readonly [before: bigint, after: bigint];
}

const TABLE = wasm.gearTable.value;
const SIZE_OF_TABLE = 256;
const MAX_WORD = (1n << 64n) - 1n;

/** The table that is in the module. */
let loaded: Uint8Array | undefined;

/**
 * Finds where to cut bytes that arrive run by run: a gear rolling hash with normalised chunking as in FastCDC. From byte `min`
 * of a piece on, `h = (h << 1) + table[byte]` modulo 2^64, zero before that byte; the cut comes after the first byte that
 * leaves `h & mask` zero, and after byte `max` at the latest. Two of them may take turns.
 */
export class CutFinder {
  readonly #rule: CutRule;
  readonly #table: Uint8Array;
  #length = 0;
  #hash = 0n;

  /** @throws RangeError where the rule has no order, or numbers of another size */
  constructor(rule: CutRule) {
    const { table, min, normal, max, masks } = rule;
    if (table.length !== SIZE_OF_TABLE) throw new RangeError(`${table.length} numbers in the table, not 256`);
    if (![min, normal, max].every(Number.isSafeInteger) || min < 0 || min > normal || normal > max || max < 1)
      throw new RangeError(`no sizes of pieces: ${min}, ${normal}, ${max}`);
    if (masks.some((mask) => mask < 0n || mask > MAX_WORD)) throw new RangeError("a mask has 64 bits");
    this.#rule = rule;
    this.#table = new Uint8Array(SIZE_OF_TABLE * 8);
    const view = new DataView(this.#table.buffer);
    table.forEach((word, byte) => view.setBigUint64(8 * byte, word, true));
  }

  /** Bytes of the piece so far. */
  get length(): number {
    return this.#length;
  }

  /** Begins a new piece, wherever the last one was to end. */
  restart(): void {
    this.#length = 0;
    this.#hash = 0n;
  }

  /**
   * Looks through the next bytes of the piece.
   * @returns how many of them belong to it, and the next piece begins behind these; -1 where all do and it may go on
   */
  findCut(bytes: Uint8Array): number {
    const { min, normal, max, masks } = this.#rule;
    let at = Math.min(bytes.length, Math.max(0, min - this.#length));
    this.#length += at;
    if (this.#length === max) return this.#cutAfter(at);
    this.#loadTable();
    while (at < bytes.length) {
      const [limit, mask] = this.#length < normal ? [normal, masks[0]] : [max, masks[1]];
      const run = bytes.subarray(at, at + Math.min(limit - this.#length, CAPACITY));
      memory.set(run, INPUT);
      const cut = wasm.findCut(this.#hash, run.length, mask);
      if (cut >= 0) return this.#cutAfter(at + cut);
      at += run.length;
      this.#length += run.length;
      if (this.#length === max) return this.#cutAfter(at);
      this.#hash = wasm.gearHash.value;
    }
    return -1;
  }

  #cutAfter(at: number): number {
    this.restart();
    return at;
  }

  #loadTable(): void {
    if (loaded === this.#table) return;
    memory.set(this.#table, TABLE);
    loaded = this.#table;
  }
}
