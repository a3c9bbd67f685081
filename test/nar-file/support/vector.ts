import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileAddress } from "../../../src/bmt/file-hasher.js";
import { toHex } from "../../../src/encoding/hex.js";
import { encodeNarFile } from "../../../src/nar-file/encode-nar-file.js";
import { collect } from "../../support/collect.js";
import { splitBytes } from "../../support/split-bytes.js";
import { hashPart, sampleNar, type SampleOptions } from "./sample-nar.js";

export const VECTORS = new URL("../../vectors/stable-zstd/", import.meta.url);

/** How an input is made: {@link sampleNar} with the hash parts of these seeds. */
export interface VectorInput extends Omit<SampleOptions, "references"> {
  readonly name: string;
  readonly referenceSeeds: readonly number[];
  readonly level: number;
}

export interface Vector extends VectorInput {
  readonly narSha256: string;
  readonly fileSize: number;
  readonly fileSha256: string;
  /** Swarm address. */
  readonly address: string;
  readonly pieces: number;
  readonly unmasked: number;
}

export interface Vectors {
  /** Version of zstd that made them. */
  readonly zstd: string;
  readonly vectors: readonly Vector[];
}

export function readVectors(): Vectors {
  return JSON.parse(readFileSync(new URL("vectors.json", VECTORS), "utf8")) as Vectors;
}

export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Makes the input, and encodes it. @param step bytes of each buffer that the encoder is given */
export async function makeVector(
  input: VectorInput,
  step: number,
): Promise<{ vector: Vector; nar: Uint8Array; file: Uint8Array }> {
  const { referenceSeeds, level, size, seed, regions, buildSeed } = input;
  const references = referenceSeeds.map(hashPart);
  const nar = sampleNar({ size, seed, regions, buildSeed, references });
  let [pieces, unmasked] = [0, 0];
  const onPiece = ({ isUnmasked }: { isUnmasked: boolean }) => {
    pieces++;
    unmasked += Number(isUnmasked);
  };
  const file = await collect(encodeNarFile(splitBytes(nar, step), { references, level, onPiece }));
  const facts = { narSha256: sha256(nar), fileSize: file.length, fileSha256: sha256(file) };
  return { vector: { ...input, ...facts, address: toHex(fileAddress(file)), pieces, unmasked }, nar, file };
}
