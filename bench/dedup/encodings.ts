import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { encodeNarFile } from "../../src/nar-file/encode-nar-file.js";
import { cutSmallPieces } from "./small-pieces.js";

/** A way to store a NAR as files. */
export interface Encoding {
  readonly name: string;
  /** @returns the files, each in parts @param references hash parts that the NAR may mention */
  readonly encode: (nar: Uint8Array, references: readonly string[]) => AsyncIterable<readonly Uint8Array[]>;
}

/** What all that compress are held to. */
const LEVEL = 9;

const compress = promisify(zstdCompress);
const atLevel = { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } };

export const [WHOLE, NAR, SMALL, UNMASKED, MASKED] = [
  "whole-file zstd",
  "uncompressed NAR",
  "pieces of 64 KiB stored one by one",
  "stable-zstd/1, unmasked",
  "stable-zstd/1",
] as const;

export const encodings: readonly Encoding[] = [
  {
    name: WHOLE,
    encode: async function* (nar) {
      yield [await compress(nar, atLevel)];
    },
  },
  {
    name: NAR,
    encode: async function* (nar) {
      yield await Promise.resolve([nar]);
    },
  },
  {
    name: SMALL,
    encode: async function* (nar) {
      for (const piece of cutSmallPieces(nar)) yield [await compress(piece, atLevel)];
    },
  },
  { name: UNMASKED, encode: (nar, references) => encodeStable(nar, references, false) },
  { name: MASKED, encode: (nar, references) => encodeStable(nar, references, true) },
];

async function* encodeStable(nar: Uint8Array, references: readonly string[], mask: boolean) {
  const parts: Uint8Array[] = [];
  for await (const part of encodeNarFile(partsOf(nar), { references, level: LEVEL, mask })) parts.push(part);
  yield parts;
}

async function* partsOf(nar: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(nar);
}
