import { concatBytes } from "../encoding/bytes.js";
import { ZstdError } from "../encoding/zstd-decompress.js";
import { decompressFrames, type FrameObserver } from "../encoding/zstd-frames.js";
import { CatnixError } from "../errors/catnix-error.js";
import { MAX_PIECE_SIZE } from "./constants.js";
import { malformed } from "./decode-nar-file.js";
import {
  endsWithSeekTable,
  FOOTER_SIZE,
  invalidTable,
  locateSeekTable,
  parseSeekTable,
  type SeekEntry,
} from "./seek-table.js";

/** Reads the bytes [start, end) of a NAR file; they are its own (`ContentStore.readRange` compares every chunk's hash). */
export type ReadFileRange = (range: { start: number; end: number }) => AsyncIterable<Uint8Array>;

export interface NarRange {
  /** First byte of the NAR, and the one after the last. */
  readonly start: number;
  readonly end: number;
}

/** A run of frames, and where it begins in file and NAR. */
interface Cover {
  readonly frames: readonly SeekEntry[];
  readonly fileStart: number;
  readonly narStart: number;
}

/** A NAR file that is read at any place, its seek table read once. */
export class NarFileReader {
  readonly #readRange: ReadFileRange;
  readonly #size: number;
  readonly #narSize: number;
  #table: Promise<readonly SeekEntry[] | undefined> | undefined;

  /**
   * @param readRange of the file
   * @param size bytes of the file
   * @param narSize bytes of the NAR, as its record says
   */
  constructor(readRange: ReadFileRange, { size, narSize }: { size: number; narSize: number }) {
    this.#readRange = readRange;
    this.#size = size;
    this.#narSize = narSize;
  }

  /**
   * A range of the NAR. Fetches the frames that cover it and the table; without a table, the file from its start to the range's
   * end. Memory: the decoder's window, at most 8 MiB, and the table. The NAR as a whole is not compared with `NarHash`: that
   * table and frames agree, whoever approved the file has checked.
   * @throws CatnixError NAR_RANGE_INVALID where the NAR has no such range; NAR_SEEK_TABLE_INVALID where table and frames do not
   * agree, NAR_FILE_MALFORMED, NAR_FILE_TOO_LARGE; what reading the file throws
   */
  async *read(range: NarRange): AsyncGenerator<Uint8Array, void, undefined> {
    const { start, end } = range;
    if (!(
      Number.isSafeInteger(start) &&
      Number.isSafeInteger(end) &&
      0 <= start &&
      start <= end &&
      end <= this.#narSize
    ))
      throw new CatnixError("NAR_RANGE_INVALID", { start, end, size: this.#narSize });
    if (start === end) return;
    try {
      const table = await this.#readTableOnce();
      yield* table ? this.#readFrames(findCover(table, range), range) : this.#readFromStart(range);
    } catch (error) {
      throw error instanceof ZstdError ? malformed(error.message, error) : error;
    }
  }

  /** A read that failed is made again by the next one who asks. */
  async #readTableOnce(): Promise<readonly SeekEntry[] | undefined> {
    const reading = (this.#table ??= this.#readTable());
    try {
      return await reading;
    } catch (error) {
      if (this.#table === reading) this.#table = undefined;
      throw error;
    }
  }

  async #readTable(): Promise<SeekEntry[] | undefined> {
    const size = this.#size;
    const footer = await this.#readAll(Math.max(0, size - FOOTER_SIZE), size);
    if (!endsWithSeekTable(footer)) return undefined;
    const { start } = locateSeekTable(footer, size);
    const table = parseSeekTable(await this.#readAll(start, size), start);
    const narSize = table.reduce((sum, { contentSize }) => sum + contentSize, 0);
    if (narSize !== this.#narSize)
      throw invalidTable(`its frames hold ${narSize} bytes, and the NAR has ${this.#narSize}`);
    if (table.some(({ contentSize }) => contentSize > MAX_PIECE_SIZE))
      throw invalidTable(`a piece is larger than ${MAX_PIECE_SIZE} bytes`);
    return table;
  }

  async *#readFrames({ frames, fileStart, narStart }: Cover, { start, end }: NarRange): AsyncGenerator<Uint8Array> {
    const fileEnd = fileStart + frames.reduce((sum, { size }) => sum + size, 0);
    const check = new CoverCheck(frames);
    let at = narStart;
    for await (const piece of decompressFrames(this.#readRange({ start: fileStart, end: fileEnd }), check)) {
      check.onContent(piece.length);
      const wanted = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
      at += piece.length;
      if (wanted.length > 0) yield wanted;
    }
    check.finish();
  }

  async *#readFromStart({ start, end }: NarRange): AsyncGenerator<Uint8Array> {
    let at = 0;
    for await (const piece of decompressFrames(this.#readRange({ start: 0, end: this.#size }))) {
      const wanted = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
      at += piece.length;
      if (at > this.#narSize) throw new CatnixError("NAR_FILE_TOO_LARGE", { maxSize: this.#narSize });
      if (wanted.length > 0) yield wanted;
      if (at >= end) return;
    }
    throw malformed(`it holds ${at} bytes, and the NAR has ${this.#narSize}`);
  }

  async #readAll(start: number, end: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#readRange({ start, end })) pieces.push(piece);
    const bytes = concatBytes(...pieces);
    if (bytes.length !== end - start) throw malformed("it breaks off");
    return bytes;
  }
}

/** The frames that hold a range that is not empty, those without content between them included. */
function findCover(table: readonly SeekEntry[], { start, end }: NarRange): Cover {
  let [fileStart, narStart, first] = [0, 0, 0];
  for (; narStart + table[first]!.contentSize <= start; first++) {
    fileStart += table[first]!.size;
    narStart += table[first]!.contentSize;
  }
  let last = first;
  for (let at = narStart; at < end; last++) at += table[last]!.contentSize;
  return { frames: table.slice(first, last), fileStart, narStart };
}

/** Holds the frames that are read against their entries, as early as it shows. */
class CoverCheck implements FrameObserver {
  #at = 0;
  #content = 0;

  constructor(readonly frames: readonly SeekEntry[]) {}

  onContent(length: number): void {
    this.#content += length;
    if (this.#content > (this.frames[this.#at]?.contentSize ?? 0)) this.#refuse();
  }

  onFrame(size: number, contentSize: number): void {
    const entry = this.frames[this.#at++];
    this.#content = 0;
    if (entry?.size !== size || entry.contentSize !== contentSize) this.#refuse();
  }

  onSkippable(_variant: number, size: number): void {
    this.onFrame(size, 0);
  }

  finish(): void {
    if (this.#at !== this.frames.length) this.#refuse();
  }

  #refuse(): never {
    throw invalidTable("a frame has another size than it says");
  }
}
