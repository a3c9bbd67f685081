import { concat, keccak256, toBeHex, ZeroHash } from "ethers";
import type { Row } from "./calls.js";

const hashSpan = (span: bigint, node: string): string => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, span, true);
  return keccak256(concat([bytes, node]));
};

/**
 * Where a proof leads: section "Proof of a row" of ICatRegistry, line by line, with ethers' keccak-256.
 *
 * @returns 32 bytes of zeros where slot or number of siblings is impossible
 */
export function proofRoot(row: Row, seq: bigint, slot: bigint, depth: bigint, siblings: readonly string[]): string {
  const chunkLevels = (depth + 6n) / 7n;
  if (slot > 63n || BigInt(siblings.length) !== 6n + 7n * chunkLevels) return ZeroHash;
  const rest = [...siblings];
  let node = keccak256(concat([row.nixId, "0x00000000", toBeHex(seq, 8), row.swarmId]));
  const climb = (levels: number, bits: bigint): void => {
    for (const [level, sibling] of rest.splice(0, levels).entries())
      node = keccak256((bits >> BigInt(level)) & 1n ? concat([sibling, node]) : concat([node, sibling]));
  };
  climb(6, slot);
  node = hashSpan(4096n, node);
  let bucket = BigInt(row.nixId) >> (160n - depth);
  let span = 4096n;
  const whole = 4096n << depth;
  for (let level = 0n; level < chunkLevels; level++) {
    climb(7, bucket & 127n);
    bucket >>= 7n;
    span = 128n * span < whole ? 128n * span : whole;
    node = hashSpan(span, node);
  }
  return node;
}
