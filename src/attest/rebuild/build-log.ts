import { closeSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { makeFolders } from "../../files/make-folders.js";
import { writeErrorOf } from "../../files/write-error.js";

/** How much of a log's end is kept whatever its length: what a failure is seen by. */
const END_SIZE = 64 * 1024;

/** A log of a bounded size: its beginning and its end, and between them how much was left out. */
export class BuildLog implements Disposable {
  readonly #file: string;
  readonly #descriptor: number;
  #room: number;
  /** The last pieces that did not go to the file, {@link END_SIZE} bytes or a little more. */
  #end: Buffer[] = [];
  #endSize = 0;
  #leftOut = 0;
  /** The last bytes, wherever they went. */
  #last: Buffer = Buffer.alloc(0);

  /**
   * @param file replaced where it exists
   * @param maxBytes most that is kept
   * @throws CatnixError FILE_UNWRITABLE, DISK_FULL
   */
  constructor(file: string, maxBytes: number) {
    this.#file = file;
    this.#room = Math.max(0, maxBytes - END_SIZE);
    this.#descriptor = this.#attempt(() => {
      makeFolders(dirname(file));
      return openSync(file, "w", 0o644);
    });
  }

  /** @throws CatnixError FILE_UNWRITABLE, DISK_FULL */
  write(piece: Buffer): void {
    this.#last = Buffer.concat([this.#last, piece]).subarray(-END_SIZE);
    const now = piece.subarray(0, this.#room);
    this.#room -= now.length;
    this.#put(now);
    if (now.length < piece.length) this.#keep(piece.subarray(now.length));
  }

  /** The last line that begins with `error: `, or else the last line; without colours. */
  findReason(): string {
    const lines = stripVTControlCharacters(this.#last.toString())
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    const said = lines.findLast((line) => line.startsWith("error: "))?.slice("error: ".length) ?? lines.at(-1);
    return (said ?? "it said nothing").slice(0, 500);
  }

  /** Whether the end of the log has that. */
  endMatches(pattern: RegExp): boolean {
    return pattern.test(stripVTControlCharacters(this.#last.toString()));
  }

  [Symbol.dispose](): void {
    try {
      if (this.#leftOut > 0) this.#put(Buffer.from(`\n[${this.#leftOut} bytes are left out here]\n`));
      for (const piece of this.#end) this.#put(piece);
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #keep(piece: Buffer): void {
    this.#end.push(Buffer.from(piece));
    this.#endSize += piece.length;
    while (this.#endSize - this.#end[0]!.length >= END_SIZE) {
      const dropped = this.#end.shift()!.length;
      this.#endSize -= dropped;
      this.#leftOut += dropped;
    }
  }

  #put(bytes: Buffer): void {
    for (let written = 0; written < bytes.length;)
      written += this.#attempt(() => writeSync(this.#descriptor, bytes, written));
  }

  #attempt<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      throw writeErrorOf(this.#file, error);
    }
  }
}
