import { BUILD_ID_NOTE } from "../../../src/nar-file/constants.js";
import { pickBelow, pseudoRandom } from "../../support/pseudo-random.js";

const ALPHABET = Buffer.from("0123456789abcdfghijklmnpqrsvwxyz");

/**
 * Bytes that compress about as programs do, the same for the same seed: runs of random bytes, and copies of 8 to 71 bytes from up
 * to 64 KiB before.
 */
export function compressibleBytes(size: number, seed: number): Uint8Array {
  const random = pseudoRandom(seed);
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    if (at > 100 && random() < 0.6) {
      const length = 8 + pickBelow(64, random);
      const from = at - 72 - pickBelow(Math.min(at - 72, 65_536), random);
      bytes.copyWithin(at, from, Math.min(from + length, from + size - at));
      at += length;
    } else
      for (let left = 1 + pickBelow(16, random); left > 0 && at < size; left--) bytes[at++] = pickBelow(256, random);
  }
  return bytes;
}

/** 32 characters of nix-base32, the same for the same seed. */
export function hashPart(seed: number): string {
  const random = pseudoRandom(seed ^ 0x5eed);
  return Buffer.from(Array.from({ length: 32 }, () => ALPHABET[pickBelow(32, random)]!)).toString();
}

export interface SampleOptions {
  readonly size: number;
  /** Of everything but what the regions hold. */
  readonly seed: number;
  readonly references: readonly string[];
  /** How many regions are put in at places that follow from `seed`; every fourth is a build id. */
  readonly regions: number;
  /** Of the build ids. */
  readonly buildSeed: number;
}

/** Bytes with references and build ids in them: with other hashes of the same order, only those change. */
export function sampleNar({ size, seed, references, regions, buildSeed }: SampleOptions): Uint8Array {
  const nar = compressibleBytes(size, seed);
  const random = pseudoRandom(seed + 1);
  const ids = pseudoRandom(buildSeed);
  for (let region = 0; region < regions; region++) {
    const start = pickBelow(size - 100, random);
    const which = pickBelow(references.length, random);
    if (region % 4 === 3) {
      nar.set(BUILD_ID_NOTE, start);
      nar.set(
        Array.from({ length: 20 }, () => pickBelow(256, ids)),
        start + BUILD_ID_NOTE.length,
      );
    } else nar.set(Buffer.from(references[which]!), start);
  }
  return nar;
}

/** A stream in pieces of sizes that follow from the seed. */
export async function* splitAnyhow(bytes: Uint8Array, seed: number): AsyncGenerator<Uint8Array, void, undefined> {
  const random = pseudoRandom(seed);
  const largest = [3, 4096, 100_000, 5_000_000][pickBelow(4, random)]!;
  const least = Math.max(1, bytes.length / 20_000);
  for (let at = 0; at < bytes.length;) {
    const size = Math.ceil(least + random() * largest);
    yield await Promise.resolve(bytes.subarray(at, at + size));
    at += size;
  }
}
