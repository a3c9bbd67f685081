/** Writes the vectors of this folder anew: `npx tsx test/vectors/stable-zstd/run-make.ts`; see README.md. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { equalBytes } from "../../../src/encoding/bytes.js";
import { encodeNarFile } from "../../../src/nar-file/encode-nar-file.js";
import { makeVector, type Vector, type VectorInput, VECTORS } from "../../nar-file/support/vector.js";
import { hashPart, sampleNar } from "../../nar-file/support/sample-nar.js";
import { collect } from "../../support/collect.js";
import { encodeNar } from "../../support/nar-tree.js";
import { splitBytes } from "../../support/split-bytes.js";

const KIB = 1024;
const inputs: VectorInput[] = [
  { name: "few bytes", size: 200, seed: 1, regions: 0 },
  { name: "no regions, one piece", size: 200 * KIB, seed: 2, regions: 0 },
  { name: "one piece", size: 250 * KIB, seed: 3, regions: 40 },
  { name: "several pieces", size: 5000 * KIB, seed: 4, regions: 100 },
  { name: "several pieces, other hashes", size: 5000 * KIB, seed: 4, regions: 100, buildSeed: 2, referenceSeeds: [7, 8, 9] },
  { name: "many regions", size: 3000 * KIB, seed: 5, regions: 3000 },
  { name: "level 3", size: 3000 * KIB, seed: 6, regions: 50, level: 3 },
].map((input) => ({ buildSeed: 1, referenceSeeds: [1, 2, 3], level: 9, ...input }));

const decode = (file: Uint8Array) => execFileSync("zstd", ["-dc"], { input: file, maxBuffer: 1 << 26 });

async function main(): Promise<void> {
  const vectors: Vector[] = [];
  for (const input of inputs) {
    const { vector, nar, file } = await makeVector(input, 65_536);
    if (!equalBytes(decode(file), nar)) throw new Error(`zstd -d makes something else of ${input.name}`);
    vectors.push(vector);
  }
  const all = { zstd: process.versions["zstd"], vectors };
  writeFileSync(new URL("vectors.json", VECTORS), `${JSON.stringify(all, undefined, 2)}\n`);

  for (const [name, seeds, buildSeed] of [
    ["small", [1, 2, 3], 1],
    ["pair-a", [4, 5, 6], 2],
    ["pair-b", [7, 8, 9], 3],
  ] as const) {
    const references = seeds.map(hashPart);
    const contents = Buffer.from(sampleNar({ size: 4000, seed: 10, references, regions: 12, buildSeed }));
    const nar = encodeNar({ type: "regular", executable: false, contents });
    const file = await collect(encodeNarFile(splitBytes(nar, 65_536), { references }));
    if (!equalBytes(decode(file), nar)) throw new Error(`zstd -d makes something else of ${name}`);
    if (name === "small") writeFileSync(new URL("small.nar", VECTORS), nar);
    writeFileSync(new URL(`${name}.nar.zst`, VECTORS), file);
  }
}

await main();
