import { CatnixError } from "../errors/catnix-error.js";

const quote = 0x22;
const backslash = 0x5c;
const escapes = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
/** What Nix never writes as it is: what has an escape, and NUL, which no string of Nix holds. */
const unescaped = new Set([0x00, 0x09, 0x0a, 0x0d]);

/**
 * Reads the ATerm subset of `.drv` files (libstore/derivations.cc, `parseDerivation`) from left to right: strings, tuples
 * and lists, in the one spelling that Nix writes, without any space.
 */
export class AtermReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws CatnixError DERIVATION_INVALID where something else is next */
  expect(wanted: string): void {
    if (!this.#skip(wanted)) throw this.invalid(`wanted ${JSON.stringify(wanted)}`);
  }

  /** @throws CatnixError DERIVATION_INVALID where anything is left */
  end(): void {
    if (this.#at !== this.#text.length) throw this.invalid("something follows the end");
  }

  /**
   * A string with its quotes and escapes taken off.
   * @throws CatnixError DERIVATION_INVALID
   */
  string(): string {
    this.expect('"');
    let read = "";
    let start = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at); // NaN at the end
      if (code === quote) break;
      if (code === backslash) {
        const escaped = escapes.get(this.#text.charAt(this.#at + 1));
        if (escaped === undefined) throw this.invalid("an escape that Nix does not write");
        read += this.#text.slice(start, this.#at) + escaped;
        this.#at += 2;
        start = this.#at;
      } else {
        if (Number.isNaN(code)) throw this.invalid("a string without an end");
        if (unescaped.has(code)) throw this.invalid("a character that Nix escapes");
        this.#at++;
      }
    }
    return read + this.#text.slice(start, this.#at++);
  }

  /**
   * `[…]` with commas between the items.
   * @throws CatnixError DERIVATION_INVALID, and what `item` throws
   */
  list<T>(item: () => T): T[] {
    this.expect("[");
    const items: T[] = [];
    if (this.#skip("]")) return items;
    do items.push(item());
    while (this.#skip(","));
    this.expect("]");
    return items;
  }

  /**
   * A list that is strictly ascending by the bytes of what `keyOf` says.
   * @throws CatnixError DERIVATION_INVALID
   */
  ascending<T>(item: () => T, keyOf: (item: T) => string): T[] {
    let last: Buffer | undefined;
    return this.list(() => {
      const read = item();
      const key = Buffer.from(keyOf(read));
      if (last !== undefined && Buffer.compare(last, key) >= 0) throw this.invalid("a list is not strictly ascending");
      last = key;
      return read;
    });
  }

  /** An error that names how far the text was read. */
  invalid(reason: string, cause?: unknown): CatnixError {
    return new CatnixError("DERIVATION_INVALID", { character: this.#at, reason }, { cause });
  }

  #skip(wanted: string): boolean {
    if (!this.#text.startsWith(wanted, this.#at)) return false;
    this.#at += wanted.length;
    return true;
  }
}

/** Strict inverse of {@link AtermReader.string}: Nix's `printString`. */
export function formatAtermString(text: string): string {
  const escaped = text.replace(/["\\\n\r\t]/g, (character) => {
    for (const [letter, meant] of escapes) if (meant === character) return `\\${letter}`;
    return character;
  });
  return `"${escaped}"`;
}
