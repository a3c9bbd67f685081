import { nixBase32Alphabet } from "../encoding/nix-base32.js";
import { REFERENCE_SIZE } from "./constants.js";

/** The value of each byte as a character of nix-base32; 32 where it is none. */
const VALUES = new Uint8Array(256).fill(32);
for (const [value, character] of Buffer.from(nixBase32Alphabet).entries()) VALUES[character] = value;

/** Looks for any of a set of hash parts, as Nix's own scan for references does (libstore/references.cc). */
export class ReferenceSearch {
  readonly #indexes: ReadonlyMap<string, number>;
  /** By the first three characters: whether a reference begins with them. */
  readonly #starts = new Uint8Array(1 << 15);

  /** @throws RangeError where one is not 32 characters of nix-base32 */
  constructor(references: readonly string[]) {
    for (const reference of references)
      if (reference.length !== REFERENCE_SIZE || [...Buffer.from(reference)].some((byte) => VALUES[byte] === 32))
        throw new RangeError(`not a hash part: ${reference}`);
    this.#indexes = new Map([...new Set(references)].map((reference, index) => [reference, index]));
    for (const reference of this.#indexes.keys()) this.#starts[startOf(Buffer.from(reference), 0)] = 1;
  }

  /** The first whole reference at `from` or later. */
  next(bytes: Uint8Array, from: number): { start: number; index: number } | undefined {
    if (this.#indexes.size === 0) return undefined;
    let known = 0; // how many characters from `start` on are known to be of the alphabet
    for (let start = from; start + REFERENCE_SIZE <= bytes.length;) {
      let at = start + REFERENCE_SIZE - 1;
      while (at >= start + known && VALUES[bytes[at]!] !== 32) at--;
      if (at >= start + known) {
        known = start + REFERENCE_SIZE - 1 - at;
        start = at + 1;
        continue;
      }
      if (this.#starts[startOf(bytes, start)] === 1) {
        const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, REFERENCE_SIZE).toString("latin1");
        const index = this.#indexes.get(text);
        if (index !== undefined) return { start, index };
      }
      start++;
      known = REFERENCE_SIZE - 1;
    }
    return undefined;
  }
}

function startOf(bytes: Uint8Array, at: number): number {
  return (VALUES[bytes[at]!]! << 10) | (VALUES[bytes[at + 1]!]! << 5) | VALUES[bytes[at + 2]!]!;
}
