import { compareRows, type Row } from "../../../src/cat/row.js";
import { keccak256 } from "../../../src/encoding/keccak.js";

/** A row whose `nixId` and `swarmId` follow from a label, spread over the whole range. */
export function rowOf(label: string | number, seq = 1): Row {
  const hash = (text: string) => keccak256(Buffer.from(text));
  return { nixId: hash(`nixId ${label}`).slice(0, 20), seq, swarmId: hash(`swarmId ${label} ${seq}`) };
}

/** `count` rows, ascending. */
export function rowsOf(count: number, seq = 1): Row[] {
  return ascending(Array.from({ length: count }, (_, i) => rowOf(i, seq)));
}

/** Rows whose `nixId`s share their top `bits` bits, ascending: what somebody grinds who wants the CAT to grow. */
export function groundRows(count: number, bits: number, seq = 1): Row[] {
  const rows = Array.from({ length: count }, (_, i) => rowOf(`ground ${i}`, seq));
  for (const { nixId } of rows) {
    const top = new DataView(nixId.buffer);
    const free = 2 ** (32 - bits);
    top.setUint32(0, Math.floor(0xc0ffee00 / free) * free + (top.getUint32(0) % free));
  }
  return ascending(rows);
}

export function tombstoneOf(row: Row, seq: number): Row {
  return { nixId: row.nixId, seq, swarmId: new Uint8Array(32) };
}

export function ascending(rows: readonly Row[]): Row[] {
  return [...rows].sort(compareRows);
}

/** All rows of a (small) CAT. */
export async function collectRows(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
