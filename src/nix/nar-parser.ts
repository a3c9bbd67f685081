import { compareBytes } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";
import {
  encodeNarToken,
  maxNarDepth,
  maxNarNameLength,
  maxNarTargetLength,
  narMagic,
  narPadding,
} from "./nar-token.js";

/**
 * What stands in a NAR, in its order. `name` is empty for the root. A `directory` is followed by its entries and a
 * `directory-end`; a `file` by as many `content` as its bytes came in and a `file-end`. `offset` is where the contents
 * start in the NAR (a listing's `narOffset`).
 */
export type NarEvent =
  | { readonly type: "directory"; readonly name: Uint8Array }
  | { readonly type: "directory-end" }
  | {
      readonly type: "file";
      readonly name: Uint8Array;
      readonly executable: boolean;
      readonly size: number;
      readonly offset: number;
    }
  | { readonly type: "content"; readonly bytes: Uint8Array }
  | { readonly type: "file-end" }
  | { readonly type: "symlink"; readonly name: Uint8Array; readonly target: Uint8Array };

/** A step of the grammar: an event, or undefined where it needs more input. */
type Step<T> = Generator<NarEvent | undefined, T, undefined>;

/** The words of the grammar that come again and again, as they stand in a NAR. */
const words = new Map(
  ["(", ")", "type", "regular", "contents", "entry", "name", "node"].map((word) => [word, encodeNarToken(word)]),
);
const nothing: readonly never[] = [];

/**
 * A strict parser of NARs that is fed as the bytes come. It accepts exactly what `nix-store --dump` can have written:
 * names non-empty, not `.` or `..`, without `/` and NUL, strictly ascending by bytes; padding zero; nothing after the
 * end; names, targets and depth bounded as in nar-token.ts. Memory: the names of the directories that are open.
 */
export class NarParser {
  readonly #steps = this.#parse();
  #chunk: Uint8Array = new Uint8Array(0);
  #position = 0;
  /** The offset in the NAR of the chunk's first byte. */
  #base = 0;
  #complete = false;
  #error: Error | undefined;

  /** How many bytes of the NAR have been parsed. */
  get offset(): number {
    return this.#base + this.#position;
  }

  /**
   * Parses all of `chunk`. The bytes of `content` events are part of it; names and targets are copies.
   * @throws CatnixError NAR_…; the parser is of no use afterwards and throws the same again
   */
  push(chunk: Uint8Array): NarEvent[] {
    if (this.#error !== undefined) throw this.#error;
    this.#base += this.#position;
    this.#position = 0;
    this.#chunk = chunk;
    const events: NarEvent[] = [];
    try {
      for (;;) {
        const event = this.#steps.next().value;
        if (event === undefined) return events;
        events.push(event);
      }
    } catch (error) {
      this.#error = error as Error;
      throw error;
    }
  }

  /**
   * Says that there is no more.
   * @throws CatnixError NAR_TRUNCATED where the NAR is not complete, or the error that {@link push} threw before
   */
  end(): void {
    if (this.#error !== undefined) throw this.#error;
    if (!this.#complete) throw new CatnixError("NAR_TRUNCATED", { offset: this.offset });
  }

  *#parse(): Step<never> {
    yield* this.#expect(narMagic);
    yield* this.#tree();
    this.#complete = true;
    for (;;) {
      if (this.#position < this.#chunk.length) throw new CatnixError("NAR_TRAILING_DATA", { offset: this.offset });
      yield undefined;
    }
  }

  /** The root node and all below it; a loop, since a tree can be deeper than the call stack should be. */
  *#tree(): Step<void> {
    /** The last name seen in each directory that is open. */
    const open: Uint8Array[] = [];
    let name: Uint8Array = new Uint8Array(0);
    for (;;) {
      const isDirectory = yield* this.#node(name, open.length);
      if (isDirectory) open.push(new Uint8Array(0));
      else if (open.length > 0) yield* this.#expect(")");

      // Close what ends here, until an entry follows.
      while (open.length > 0) {
        const offset = this.offset;
        if (this.#skip("entry")) break;
        const keyword = yield* this.#keyword();
        if (keyword === "entry") break;
        if (keyword !== ")") throw unexpected(offset, '"entry" or ")"');
        open.pop();
        yield { type: "directory-end" };
        if (open.length > 0) yield* this.#expect(")");
      }
      if (open.length === 0) return;

      yield* this.#expect("(");
      yield* this.#expect("name");
      name = yield* this.#name(open.at(-1)!);
      open[open.length - 1] = name;
      yield* this.#expect("node");
    }
  }

  /** A file or symlink whole, or the start of a directory: then true. */
  *#node(name: Uint8Array, depth: number): Step<boolean> {
    yield* this.#expect("(");
    yield* this.#expect("type");
    const offset = this.offset;
    switch (this.#skip("regular") ? "regular" : yield* this.#keyword()) {
      case "regular":
        yield* this.#file(name);
        return false;
      case "symlink":
        yield* this.#expect("target");
        yield { type: "symlink", name, target: yield* this.#target() };
        yield* this.#expect(")");
        return false;
      case "directory":
        if (depth === maxNarDepth) throw new CatnixError("NAR_TOO_DEEP", { offset, limit: maxNarDepth });
        yield { type: "directory", name };
        return true;
      default:
        throw unexpected(offset, '"regular", "symlink" or "directory"');
    }
  }

  *#file(name: Uint8Array): Step<void> {
    const offset = this.offset;
    let keyword = this.#skip("contents") ? "contents" : yield* this.#keyword();
    const executable = keyword === "executable";
    if (executable) {
      yield* this.#expect("");
      keyword = yield* this.#keyword();
    }
    if (keyword !== "contents") throw unexpected(offset, '"contents"');
    const sizeOffset = this.offset;
    const size = yield* this.#length();
    if (size > Number.MAX_SAFE_INTEGER) throw new CatnixError("NAR_SIZE_INVALID", { offset: sizeOffset });
    yield { type: "file", name, executable, size, offset: this.offset };
    for (let left = size; left > 0;) {
      if (this.#position === this.#chunk.length) yield undefined;
      const bytes = this.#chunk.subarray(this.#position, this.#position + left);
      this.#position += bytes.length;
      left -= bytes.length;
      if (bytes.length > 0) yield { type: "content", bytes };
    }
    yield* this.#padding(size);
    yield { type: "file-end" };
    yield* this.#expect(")");
  }

  *#name(previous: Uint8Array): Step<Uint8Array> {
    const offset = this.offset;
    const invalid = (reason: string) => new CatnixError("NAR_NAME_INVALID", { offset, reason });
    const name = yield* this.#token(maxNarNameLength, () => invalid(`longer than ${maxNarNameLength} bytes`));
    if (name.length === 0) throw invalid("empty");
    if (name.includes(0x2f)) throw invalid("it has a slash");
    if (name.includes(0)) throw invalid("it has a NUL");
    if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) throw invalid(". or ..");
    // The first of a directory comes after the empty name.
    if (compareBytes(previous, name) >= 0) throw new CatnixError("NAR_UNSORTED", { offset });
    return name;
  }

  *#target(): Step<Uint8Array> {
    const offset = this.offset;
    const invalid = (reason: string) => new CatnixError("NAR_SYMLINK_INVALID", { offset, reason });
    const target = yield* this.#token(maxNarTargetLength, () => invalid(`longer than ${maxNarTargetLength} bytes`));
    if (target.length === 0) throw invalid("empty");
    if (target.includes(0)) throw invalid("it has a NUL");
    return target;
  }

  #expect(wanted: string): Iterable<NarEvent | undefined> {
    return this.#skip(wanted) ? nothing : this.#expectSlowly(wanted);
  }

  /**
   * Passes over a word where all of it is next in the chunk: the usual case, without the cost of the steps below. Where it
   * is not, they find out why.
   */
  #skip(word: string): boolean {
    const token = words.get(word);
    if (token === undefined || this.#chunk.length - this.#position < token.length) return false;
    for (let at = 0; at < token.length; at++) if (this.#chunk[this.#position + at] !== token[at]) return false;
    this.#position += token.length;
    return true;
  }

  *#expectSlowly(wanted: string): Step<void> {
    const offset = this.offset;
    if ((yield* this.#keyword()) !== wanted) throw unexpected(offset, JSON.stringify(wanted));
  }

  /** A token of at most 16 bytes: longer than every word of the grammar. */
  *#keyword(): Step<string> {
    const offset = this.offset;
    const token = yield* this.#token(16, () => unexpected(offset, "a word of the NAR format"));
    return String.fromCharCode(...token);
  }

  *#token(limit: number, tooLong: () => CatnixError): Step<Uint8Array> {
    const length = yield* this.#length();
    if (length > limit) throw tooLong();
    const bytes = this.#takeNow(length) ?? (yield* this.#take(length));
    yield* this.#padding(length);
    return bytes;
  }

  /** Inexact from 2^53 up, which is above every limit. */
  *#length(): Step<number> {
    const bytes = this.#takeNow(8) ?? (yield* this.#take(8));
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    return view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  }

  *#padding(length: number): Step<void> {
    const offset = this.offset;
    const padding = narPadding(length);
    const bytes = this.#takeNow(padding) ?? (yield* this.#take(padding));
    if (bytes.some((byte) => byte !== 0)) throw new CatnixError("NAR_PADDING_INVALID", { offset });
  }

  /** The same as {@link #take} where the chunk has all of them. */
  #takeNow(length: number): Uint8Array | undefined {
    const end = this.#position + length;
    if (end > this.#chunk.length) return undefined;
    const taken = new Uint8Array(this.#chunk.subarray(this.#position, end)); // a Buffer's slice would be no copy
    this.#position = end;
    return taken;
  }

  /** A copy of the next `length` bytes; few, since they are held in memory. */
  *#take(length: number): Step<Uint8Array> {
    const taken = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (this.#position === this.#chunk.length) yield undefined;
      const part = this.#chunk.subarray(this.#position, this.#position + length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#position += part.length;
    }
    return taken;
  }
}

function unexpected(offset: number, wanted: string): CatnixError {
  return new CatnixError("NAR_TOKEN_INVALID", { offset, wanted });
}
