import { MerkleTree } from "@ethersphere/bee-js";
import { hexlify } from "ethers";
import { concatBytes } from "../../../src/encoding/bytes.js";
import type { Batch } from "./acts.js";
import { encodeRow, sampleRow, type CatRow } from "./reference-cat.js";
import { draftBatch, type Deployed } from "./registry.js";

/** The address of these rows as an independent library has it, 0x-hex. */
export async function deltaAddress(rows: readonly CatRow[]): Promise<string> {
  return hexlify((await MerkleTree.root(concatBytes(...rows.map(encodeRow)))).hash());
}

/** Rows of one batch, ascending. */
export function sampleDelta(count: number, seq: bigint): CatRow[] {
  const rows = Array.from({ length: count }, (_, i) => sampleRow(`row ${i}`, seq));
  return rows.sort((a, b) => (a.nixId < b.nixId ? -1 : 1));
}

/** The next batch, of these rows. */
export async function draftRows(
  deployed: Deployed,
  rows: readonly CatRow[],
  changes: Partial<Batch> = {},
): Promise<Batch> {
  return draftBatch(deployed, { rows: BigInt(rows.length), delta: await deltaAddress(rows), ...changes });
}
