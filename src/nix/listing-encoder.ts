import { isUtf8 } from "node:buffer";
import type { NarEvent } from "./nar-parser.js";

/**
 * Bytes: a NAR whose listing would be larger has none. Room for about 300,000 files; whoever has to hold a listing can
 * plan for it.
 */
export const MAX_LISTING_SIZE = 32 << 20;

/** Characters that are gathered before they are handed on. */
const PIECE = 1 << 16;

/**
 * Writes the listing of a NAR from the parser's events (docs/spec.md, Listing): the JSON of Nix's `.ls` files (libstore's
 * `listNar`), with one spelling. A NAR's entries are sorted by bytes as a listing's are, so that it is written as the NAR
 * passes. Memory: a piece of text, and one flag for each directory that is open.
 */
export class ListingEncoder {
  readonly #onBytes: (bytes: Uint8Array) => void;
  readonly #maxSize: number;
  /** Of each open directory, whether it has an entry already. */
  readonly #open: boolean[] = [];
  #text = '{"root":';
  #size = 0;
  #isListable = true;

  /**
   * @param onBytes takes the listing piece by piece; what it took is a listing only once {@link end} says so
   * @param maxSize bytes, for tests
   */
  constructor(onBytes: (bytes: Uint8Array) => void, maxSize = MAX_LISTING_SIZE) {
    this.#onBytes = onBytes;
    this.#maxSize = maxSize;
  }

  /** Takes the next event of a parser that began with the NAR. */
  add(event: NarEvent): void {
    if (!this.#isListable) return;
    if (event.type === "directory") {
      this.#put(event.name, '{"entries":{');
      this.#open.push(false);
    } else if (event.type === "directory-end") {
      this.#open.pop();
      this.#text += '},"type":"directory"}';
    } else if (event.type === "file") {
      const executable = event.executable ? '"executable":true,' : "";
      this.#put(event.name, `{${executable}"narOffset":${event.offset},"size":${event.size},"type":"regular"}`);
    } else if (event.type === "symlink") {
      const target = this.#quote(event.target);
      this.#put(event.name, `{"target":${target},"type":"symlink"}`);
    }
    if (this.#text.length >= PIECE) this.#flush();
  }

  /**
   * Says that the NAR is complete.
   * @returns whether it has a listing: false where a name or target is not UTF-8, or the listing is too large
   */
  end(): boolean {
    this.#text += ',"version":1}';
    this.#flush();
    return this.#isListable;
  }

  /** A node, with its name where it is an entry of a directory. */
  #put(name: Uint8Array, node: string): void {
    const last = this.#open.length - 1;
    if (last >= 0) {
      if (this.#open[last]) this.#text += ",";
      this.#open[last] = true;
      this.#text += `${this.#quote(name)}:`;
    }
    this.#text += node;
  }

  #quote(bytes: Uint8Array): string {
    if (!isUtf8(bytes)) this.#isListable = false;
    return JSON.stringify(Buffer.from(bytes).toString("utf8"));
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    this.#size += bytes.length;
    if (this.#size > this.#maxSize) this.#isListable = false;
    if (this.#isListable) this.#onBytes(bytes);
  }
}
