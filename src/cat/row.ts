import { compareBytes, isZero } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";

/** Bytes of an encoded row (docs/spec.md, Words). */
export const ROW_SIZE = 64;
export const NIX_ID_SIZE = 20;
export const SWARM_ID_SIZE = 32;

const SEQ_OFFSET = 24;
const SWARM_ID_OFFSET = 32;

/** One mapping. A zero `swarmId` is a tombstone: the quorum withdrew the path. */
export interface Row {
  /** 20 bytes, never zero: the hash part of a store path. */
  readonly nixId: Uint8Array;
  /** The batch that set the row, from 1. */
  readonly seq: number;
  /** 32 bytes: the Swarm address of the path's record. */
  readonly swarmId: Uint8Array;
}

export function isTombstone(row: Row): boolean {
  return isZero(row.swarmId);
}

/** Orders rows by `nixId`, as bytes. */
export function compareRows(a: Row, b: Row): number {
  return compareBytes(a.nixId, b.nixId);
}

/**
 * `nixId (20) ‖ zero (4) ‖ seq (8, big endian) ‖ swarmId (32)`.
 * @returns 64 bytes
 * @throws RangeError where a field has a wrong size or the row could not be read back
 */
export function encodeRow(row: Row): Uint8Array {
  const bytes = new Uint8Array(ROW_SIZE);
  writeRow(row, bytes, 0);
  return bytes;
}

/** The same into 64 zeros at an offset of other bytes; throws like {@link encodeRow}. */
export function writeRow(row: Row, bytes: Uint8Array, offset: number): void {
  const fault = findFault(row);
  if (fault !== undefined) throw new RangeError(fault);
  bytes.set(row.nixId, offset);
  new DataView(bytes.buffer, bytes.byteOffset + offset).setBigUint64(SEQ_OFFSET, BigInt(row.seq));
  bytes.set(row.swarmId, offset + SWARM_ID_OFFSET);
}

/** Whether the fields make a row, as {@link encodeRow} wants it. */
export function isRow(row: Row): boolean {
  return findFault(row) === undefined;
}

function findFault({ nixId, seq, swarmId }: Row): string | undefined {
  if (nixId.length !== NIX_ID_SIZE || isZero(nixId)) return "nixId: 20 bytes that are not zero";
  if (swarmId.length !== SWARM_ID_SIZE) return "swarmId: 32 bytes";
  if (!Number.isSafeInteger(seq) || seq < 1) return "seq: an integer from 1";
  return undefined;
}

/**
 * Strict inverse of {@link encodeRow}.
 * @param bytes 64 bytes
 * @throws CatnixError CAT_ROW_INVALID
 */
export function decodeRow(bytes: Uint8Array): Row {
  return viewRow(new Uint8Array(bytes));
}

/**
 * The same without a copy: a batch may have a hundred thousand rows, and bytes of their own cost three times what a view does.
 * @param bytes 64 bytes that the row keeps, and that nobody changes any more
 * @throws CatnixError CAT_ROW_INVALID
 */
export function viewRow(bytes: Uint8Array): Row {
  if (bytes.length !== ROW_SIZE) throw new CatnixError("CAT_ROW_INVALID", { reason: `${bytes.length} bytes, not 64` });
  const nixId = bytes.subarray(0, NIX_ID_SIZE);
  if (isZero(nixId)) throw new CatnixError("CAT_ROW_INVALID", { reason: "its nixId is zero" });
  if (!isZero(bytes.subarray(NIX_ID_SIZE, SEQ_OFFSET)))
    throw new CatnixError("CAT_ROW_INVALID", { reason: "its padding is not zero" });
  const seq = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(SEQ_OFFSET));
  if (!Number.isSafeInteger(seq) || seq < 1)
    throw new CatnixError("CAT_ROW_INVALID", { reason: "its seq is out of range" });
  return { nixId, seq, swarmId: bytes.subarray(SWARM_ID_OFFSET) };
}
