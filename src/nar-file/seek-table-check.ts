import { createHash } from "node:crypto";
import { concatBytes, equalBytes } from "../encoding/bytes.js";
import { type FrameObserver, SKIPPABLE_HEADER_SIZE } from "../encoding/zstd-frames.js";
import { MAX_PIECE_SIZE } from "./constants.js";
import {
  encodeSeekEntry,
  endsWithSeekTable,
  ENTRY_SIZE,
  FOOTER_SIZE,
  invalidTable,
  locateSeekTable,
  SEEK_TABLE_VARIANT,
} from "./seek-table.js";

/** Largest number that an entry can hold. */
const MAX_SIZE = 2 ** 32 - 1;

/** Entries that are hashed together. */
const BATCH = 512;

/**
 * Holds a file's seek table against its frames as both pass: who reads a range goes by the table alone, and has to come to the
 * same bytes as who reads the whole. Whether there is a table the last bytes of the file decide, as they do for a range.
 * Memory does not depend on how many frames there are.
 */
export class SeekTableCheck implements FrameObserver {
  readonly #frames = new EntriesHash();
  /** Of what may be the table: the frames before it, and the hash of what it says. */
  #candidate: { before: HashedEntries; table: TableHash } | undefined;
  #largest = 0;
  #fitsTable = true;
  #size = 0;

  onFrame(size: number, contentSize: number): void {
    this.#largest = Math.max(this.#largest, contentSize);
    this.#add(size, contentSize);
  }

  onSkippable(variant: number, size: number): void {
    const before = variant === SEEK_TABLE_VARIANT && size >= SKIPPABLE_HEADER_SIZE + FOOTER_SIZE;
    const candidate = before ? { before: this.#frames.sum(), table: new TableHash() } : undefined;
    this.#add(size, 0);
    this.#candidate = candidate;
  }

  onSkipped(bytes: Uint8Array): void {
    this.#candidate?.table.update(bytes);
  }

  /**
   * Once all frames have passed.
   * @param end the last nine bytes of the file, or all that it has
   * @returns whether there is a table
   * @throws CatnixError NAR_SEEK_TABLE_INVALID where there is one, and it does not say what the frames are
   */
  finish(end: Uint8Array): boolean {
    if (!endsWithSeekTable(end)) return false;
    if (this.#candidate === undefined) throw invalidTable("the file ends like one, but not with its frame");
    const { before, table } = this.#candidate;
    const said = table.entries.sum();
    const { count } = locateSeekTable(end, this.#size);
    if (count !== said.count) throw invalidTable(`it counts ${count} frames and has ${said.count}`);
    if (count !== before.count) throw invalidTable(`it has ${count} frames, and the file ${before.count}`);
    if (!equalBytes(said.sha256, before.sha256)) throw invalidTable("a frame has another size than it says");
    // Such a size modulo 2^32 would be what the table says, and whoever reads a range would find no frame there.
    if (!this.#fitsTable) throw invalidTable(`a frame is larger than ${MAX_SIZE} bytes`);
    if (this.#largest > MAX_PIECE_SIZE) throw invalidTable(`a piece is larger than ${MAX_PIECE_SIZE} bytes`);
    return true;
  }

  #add(size: number, contentSize: number): void {
    this.#candidate = undefined;
    this.#size += size;
    if (size > MAX_SIZE) this.#fitsTable = false;
    this.#frames.update(encodeSeekEntry({ size, contentSize }));
  }
}

interface HashedEntries {
  readonly sha256: Uint8Array;
  /** Whole entries; a fraction where bytes are left over. */
  readonly count: number;
}

/** The content of a table but its footer. */
class TableHash {
  readonly entries = new EntriesHash();
  #held: Uint8Array = new Uint8Array();

  update(bytes: Uint8Array): void {
    const all = concatBytes(this.#held, bytes);
    const ready = Math.max(0, all.length - FOOTER_SIZE);
    this.entries.update(all.subarray(0, ready));
    this.#held = all.slice(ready);
  }
}

/** Hashes entries in batches: a file may have millions. */
class EntriesHash {
  readonly #hash = createHash("sha256");
  readonly #batch = new Uint8Array(BATCH * ENTRY_SIZE);
  #used = 0;
  #size = 0;

  update(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#used + bytes.length > this.#batch.length) this.#flush();
    if (bytes.length > this.#batch.length) this.#hash.update(bytes);
    else {
      this.#batch.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  sum(): HashedEntries {
    this.#flush();
    return { sha256: this.#hash.copy().digest(), count: this.#size / ENTRY_SIZE };
  }

  #flush(): void {
    this.#hash.update(this.#batch.subarray(0, this.#used));
    this.#used = 0;
  }
}
