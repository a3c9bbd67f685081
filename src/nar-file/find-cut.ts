import { CutFinder } from "../encoding/cut-finder.js";
import { keccak256 } from "../encoding/keccak.js";
import {
  GEAR_SEED,
  MASK_BEFORE_NORMAL,
  MASK_FROM_NORMAL,
  MAX_PIECE_SIZE,
  MIN_PIECE_SIZE,
  NORMAL_PIECE_SIZE,
} from "./constants.js";

const table = BigUint64Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(keccak256(Buffer.from(GEAR_SEED), Uint8Array.of(byte))).readBigUInt64LE(),
);

const finder = new CutFinder({
  table,
  min: MIN_PIECE_SIZE,
  normal: NORMAL_PIECE_SIZE,
  max: MAX_PIECE_SIZE,
  masks: [MASK_BEFORE_NORMAL, MASK_FROM_NORMAL],
});

/**
 * Where the piece ends that begins with these bytes.
 * @param bytes with every region blank; the NAR's last ones, or at least `MAX_PIECE_SIZE`
 * @returns above 0 where there are bytes
 */
export function findCut(bytes: Uint8Array): number {
  finder.restart();
  const cut = finder.findCut(bytes);
  return cut < 0 ? bytes.length : cut;
}
