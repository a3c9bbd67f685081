import { concat, hexlify, keccak256, toBeHex } from "ethers";
import { encodeRow } from "../../../src/cat/row.js";
import type { RowProof } from "../../../src/cat/proof.js";

/** docs/spec.md, Proof of a row, line by line, with ethers: the root (64 hex digits) that a proof leads to. */
export function rootOfProof({ row, slot, siblings }: RowProof, depth: number): string {
  const path = siblings.map((sibling) => hexlify(sibling));
  let node = keccak256(encodeRow(row));
  const climb = (bits: bigint, count: number) => {
    for (const sibling of path.splice(0, count)) {
      node = keccak256(bits & 1n ? concat([sibling, node]) : concat([node, sibling]));
      bits >>= 1n;
    }
  };
  const addSpan = (span: bigint) => {
    const littleEndian = Buffer.from(toBeHex(span, 8).slice(2), "hex").reverse();
    node = keccak256(concat([littleEndian, node]));
  };
  climb(BigInt(slot), 6);
  addSpan(4096n);
  let b = BigInt(hexlify(row.nixId)) >> BigInt(160 - depth);
  let span = 4096n;
  const whole = 4096n * 2n ** BigInt(depth);
  for (let level = 0; level < Math.ceil(depth / 7); level++) {
    climb(b, 7);
    b >>= 7n;
    span = 128n * span < whole ? 128n * span : whole;
    addSpan(span);
  }
  return path.length === 0 ? node.slice(2) : "too many siblings";
}
